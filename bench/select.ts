import type { Group, Suite } from "./harness.js";

/**
 * The suites with the groups that `words` select: the name of a suite, and beginnings of words of a title. The name of a
 * suite alone selects all of it: `conv` is not also a word of other suites' titles.
 */
export function selectedGroups(
  suites: readonly Suite[],
  words: readonly string[],
): { readonly suite: Suite; readonly groups: readonly Group[] }[] {
  const [first, ...rest] = words.map((word) => word.toLowerCase());
  const named = suites.some(({ name }) => name.toLowerCase() === first);
  const wanted = named ? rest : words.map((word) => word.toLowerCase());
  const matches = (title: string): boolean => {
    const terms = title.toLowerCase().split(" ");
    return wanted.every((word) => terms.some((term) => term.startsWith(word)));
  };
  return suites
    .filter(({ name }) => !named || name.toLowerCase() === first)
    .map((suite) => ({ suite, groups: suite.groups.filter(({ title }) => matches(title)) }))
    .filter(({ groups }) => groups.length > 0);
}
