/** A picture from the camera. */
import { squareOf, type Picture } from "../../data/picture.ts";
import { button, element } from "../../ui/dom.ts";

/** Whether the browser lets a page ask for a camera here. */
export const hasCamera = navigator.mediaDevices?.getUserMedia !== undefined;

/** Shows what the camera sees; calls `taken` with every picture until the dialog is closed. */
export async function openCamera(taken: (picture: Picture) => void): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = element("video", { srcObject: stream, autoplay: true, muted: true, playsInline: true });
  const take = button("Take a picture", () => taken(squareOf(video, video.videoWidth, video.videoHeight)), {
    class: "primary",
    disabled: true,
  });
  video.onloadeddata = () => (take.disabled = false);
  const dialog = element("dialog", { "aria-label": "Camera" }, video);
  dialog.append(
    element(
      "div",
      { class: "row" },
      take,
      button("Done", () => dialog.close()),
    ),
  );
  dialog.addEventListener("close", () => {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}
