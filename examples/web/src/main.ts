/** The shell: one room at a time, by the hash of the address. */
import { element } from "./ui/dom.ts";

/** What a room shows. */
export interface Room {
  readonly view: HTMLElement;
  /** Ends what goes on in the room when it is left. */
  leave(): void;
}

const ROOMS = {
  texture: { title: "Teach a texture", open: () => import("./rooms/texture/room.ts") },
  cut: { title: "Cut an image", open: () => import("./rooms/cut/room.ts") },
  bits: { title: "Same bits", open: () => import("./rooms/bits/room.ts") },
} as const;

type Name = keyof typeof ROOMS;

const main = document.querySelector("main")!;
const nav = document.querySelector("nav")!;
const links = (Object.keys(ROOMS) as Name[]).map((name) => element("a", { href: `#${name}` }, ROOMS[name].title));
nav.append(...links);
document.querySelector(".skip")!.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

let current: { readonly name: Name; readonly room: Promise<Room> } | undefined;

function named(hash: string): Name {
  const name = hash.slice(1);
  return Object.hasOwn(ROOMS, name) ? (name as Name) : "texture";
}

async function show(): Promise<void> {
  const name = named(location.hash);
  if (current?.name === name) return;
  const previous = current;
  const entered = { name, room: ROOMS[name].open().then(({ open }): Promise<Room> | Room => open()) };
  current = entered;
  for (const link of links) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${ROOMS[name].title} · matprop`;
  (await previous?.room)?.leave();
  const { view } = await entered.room;
  if (current !== entered) return;
  main.replaceChildren(view);
  // Whoever follows a link by keyboard goes on in the room; the first room must not take the focus from the page.
  if (previous) main.focus({ preventScroll: true });
}

const shown = (): void => {
  show().catch((error: unknown) => {
    main.replaceChildren(element("p", { role: "alert" }, `This room did not open: ${String(error)}`));
  });
};
addEventListener("hashchange", shown);
shown();
