import * as matprop from "matprop";
import { report } from "../report.mjs";
import { Trained } from "./trained.js";

export default async function Page() {
  const { weights } = await report(matprop);
  return <Trained onServer={weights} />;
}
