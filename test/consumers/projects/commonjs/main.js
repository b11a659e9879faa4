const matprop = require("matprop");
const { report, send } = require("./report.mjs");

void send(report(matprop));
