/** Files that a page hands to the browser's downloads. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Lets downloads of a session go to a folder. */
export async function downloadTo(session, folder) {
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
}

/** The bytes of a file as soon as it is there. */
export async function downloaded(folder, name) {
  const file = join(folder, name);
  for (let i = 0; i < 100 && !existsSync(file); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  return readFileSync(file);
}
