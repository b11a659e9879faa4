/** Prints what is pinned, as JSON. */
import { everything } from "./compute.js";

console.log(JSON.stringify(everything()));
