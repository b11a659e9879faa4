/** Pictures of a room at desktop and phone width, light and dark, as WebP. */
import { mkdirSync } from "node:fs";

const WIDTHS = { desktop: { width: 1120, height: 800 }, phone: { width: 390, height: 844 } };

/** Leaves `FOLDER/web-ROOM-WIDTH-SCHEME.webp`: on a desktop all of the room, on a phone what is seen below `from`. */
export async function shoot(page, folder, { room, from, whole = false }) {
  mkdirSync(folder, { recursive: true });
  for (const [name, viewport] of Object.entries(WIDTHS)) {
    for (const scheme of ["light", "dark"]) {
      await page.setViewport(viewport);
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.evaluate(() => document.activeElement?.blur());
      // Charts are drawn anew after a change of size or colours.
      await new Promise((resolve) => setTimeout(resolve, 400));
      await page.$eval(name === "phone" ? from : "header", (one) => one.scrollIntoView());
      const path = `${folder}/web-${room}-${name}-${scheme}.webp`;
      await page.screenshot({ path, type: "webp", quality: 70, fullPage: whole && name === "desktop" });
    }
  }
  await page.setViewport(WIDTHS.desktop);
}
