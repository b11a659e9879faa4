/** docs/derivations.md: every section leads to a file that implements it and to a test that checks it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const exists = (path: string): boolean => existsSync(new URL(path, root));
const sections = readFileSync(new URL("docs/derivations.md", root), "utf8").split(/^## /m).slice(1);

describe("derivations", () => {
  it("there are sections", () => assert.ok(sections.length > 20));
  for (const section of sections) {
    const title = section.slice(0, section.indexOf("\n"));
    it(title, () => {
      const links = [...section.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
      const files = links.filter((target) => target.startsWith("../")).map((target) => target.slice(3));
      assert.ok(
        files.some((file) => file.startsWith("src/")),
        "no link to the code",
      );
      assert.ok(
        files.some((file) => file.startsWith("test/")),
        "no link to a test",
      );
      for (const target of links) {
        const path = target.startsWith("../") ? target.slice(3) : `docs/${target}`;
        assert.ok(exists(path), `${target} does not exist`);
      }
      const named = [...section.matchAll(/`((?:src|test|assembly)\/[^`]+)`/g)].map(([, path]) => path);
      for (const path of named) assert.ok(exists(path), `${path} does not exist`);
    });
  }
});
