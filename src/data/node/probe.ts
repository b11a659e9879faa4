import { FormatError } from "../../errors.js";

/** What the head of a picture file says. */
export interface Probe {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const MAX_PIXELS = 100_000_000;

export function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** Size and colour of a PNG or JPEG file, without decoding it. */
export function probe(op: string, bytes: Uint8Array): Probe {
  if (isPng(bytes)) return probePng(op, bytes);
  if (isJpeg(bytes)) return probeJpeg(op, bytes);
  throw new FormatError(op, "neither PNG nor JPEG by its first bytes");
}

/** As {@link probe}; refuses pictures no decoder should be let loose on. */
export function checkPixels(op: string, bytes: Uint8Array): Probe {
  const found = probe(op, bytes);
  const pixels = found.width * found.height;
  if (pixels === 0) throw new FormatError(op, `a picture of ${found.width} × ${found.height} pixels`);
  if (pixels > MAX_PIXELS) {
    throw new FormatError(op, `${found.width} × ${found.height} pixels are more than 100 megapixels`);
  }
  return found;
}

function probePng(op: string, bytes: Uint8Array): Probe {
  if (bytes.length < 26 || String.fromCharCode(...bytes.subarray(12, 16)) !== "IHDR") {
    throw new FormatError(op, "damaged PNG: no IHDR chunk at its start");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 26);
  // Colour types: bit 1 is set for RGB and palettes.
  return { width: view.getUint32(16), height: view.getUint32(20), colour: (bytes[25]! & 2) !== 0 };
}

/** Walks the segments to the start-of-frame, which follows whatever EXIF and thumbnails there are. */
function probeJpeg(op: string, bytes: Uint8Array): Probe {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill bytes before a marker
      continue;
    }
    // SOF0 … SOF15, less DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), colour: bytes[at + 9]! > 1 };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new FormatError(op, "damaged JPEG: no frame header");
}
