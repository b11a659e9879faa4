/** Pictures of a room at desktop and phone width, light and dark. */
import { mkdirSync } from "node:fs";

const WIDTHS = { desktop: { width: 1120, height: 800 }, phone: { width: 390, height: 780 } };

/** Leaves `FOLDER/web-ROOM-WIDTH-SCHEME.png`. */
export async function shoot(page, folder, room) {
  mkdirSync(folder, { recursive: true });
  for (const [name, viewport] of Object.entries(WIDTHS)) {
    for (const scheme of ["light", "dark"]) {
      await page.setViewport(viewport);
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.evaluate(() => scrollTo(0, 0));
      // Charts are drawn anew after a change of size or colours.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const path = `${folder}/web-${room}-${name}-${scheme}.png`;
      await page.screenshot({ path, fullPage: room === "texture" });
    }
  }
  await page.setViewport(WIDTHS.desktop);
}
