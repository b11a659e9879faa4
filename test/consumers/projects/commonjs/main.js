const matprop = require("matprop");
const { report } = require("./report.mjs");

void report(matprop).then((value) => console.log(JSON.stringify(value)));
