// Every icon from one drawing: three bars, the inventory, under a scanning line. Drawn by hand here, so that making them takes no image tool.
import { deflateSync } from 'node:zlib';

const BLUE = [44, 92, 212];
const WHITE = [255, 255, 255];
const GREY = [128, 140, 158];
const AMBER = [226, 140, 20];
const BLACK = [0, 0, 0];
/** Each pixel is the mean of this many squared. */
const SAMPLES = 4;

/** Negative inside: a rectangle with round corners, centre and half sizes, in a picture of 1 × 1. */
function box(x, y, cx, cy, halfWidth, halfHeight, radius) {
  const dx = Math.abs(x - cx) - halfWidth + radius;
  const dy = Math.abs(y - cy) - halfHeight + radius;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}

const BARS = [
  { y: 0.29, left: 0.2, right: 0.8 },
  { y: 0.5, left: 0.2, right: 0.66 },
  { y: 0.71, left: 0.2, right: 0.5 },
];

function bars(x, y) {
  return Math.min(
    ...BARS.map(({ y: at, left, right }) => box(x, y, (left + right) / 2, at, (right - left) / 2, 0.065, 0.065)),
  );
}

/** The colour at a point, or null where it is clear. */
function appIcon(x, y) {
  if (box(x, y, 0.5, 0.5, 0.47, 0.47, 0.21) > 0) return null;
  if (bars(x, y) < 0) return WHITE;
  return BLUE.map((part) => Math.min(255, part * (1.12 - 0.3 * y)));
}

/** The badge as a clock: this part of it is filled, the rest is an outline. */
function progressIcon(bars, fill, part) {
  return (x, y) => {
    const away = Math.hypot(x - 0.76, y - 0.74);
    if (away >= 0.27) return trayIcon(bars, null)(x, y);
    if (away >= 0.2) return null;
    const turn = (Math.atan2(x - 0.76, 0.74 - y) / (2 * Math.PI) + 1) % 1;
    return turn < part || away > 0.155 ? fill : null;
  };
}

function trayIcon(color, badge) {
  return (x, y) => {
    // A clear ring around the badge, so that it reads on any panel.
    const away = badge === null ? 1 : Math.hypot(x - 0.76, y - 0.74);
    if (away < 0.2) return badge;
    if (away < 0.27) return null;
    return box(x, y, 0.5, 0.5, 1, 1, 0) < 0 && bars((x - 0.5) * 0.72 + 0.5, (y - 0.5) * 0.72 + 0.5) < 0 ? color : null;
  };
}

/** `scanning-0` to `scanning-7`: eighths. */
function steps(icon) {
  return Object.fromEntries(Array.from({ length: 8 }, (_, step) => [`scanning-${step}`, icon(step / 8)]));
}

const TRAY = {
  idle: trayIcon(GREY, null),
  scanning: trayIcon(GREY, BLUE),
  ...steps((part) => progressIcon(GREY, BLUE, part)),
  attention: trayIcon(GREY, AMBER),
  disconnected: (x, y) => (Math.abs(x - y) < 0.07 ? GREY : Math.abs(x - y) < 0.15 ? null : trayIcon(GREY, null)(x, y)),
};
/** macOS colours these itself: black and clear only. */
const TEMPLATE = {
  idle: trayIcon(BLACK, null),
  scanning: trayIcon(BLACK, BLACK),
  ...steps((part) => progressIcon(BLACK, BLACK, part)),
  attention: (x, y) => (box(x, y, 0.76, 0.7, 0.035, 0.02, 0.01) < 0 ? null : trayIcon(BLACK, BLACK)(x, y)),
  disconnected: (x, y) => (TRAY.disconnected(x, y) === null ? null : BLACK),
};

/** {name, contents} of what installers take: PNGs by size for Linux, and the containers of macOS and Windows around the same pictures. */
export function packageIcons() {
  const pictures = new Map([16, 32, 48, 64, 128, 256, 512, 1024].map((size) => [size, png(size, appIcon)]));
  return [
    ...[...pictures].map(([size, contents]) => ({ name: `${size}x${size}.png`, contents })),
    { name: 'icon.ico', contents: ico([16, 32, 48, 64, 128, 256].map((size) => [size, pictures.get(size)])) },
    { name: 'icon.icns', contents: icns(ICNS_TYPES.map(([type, size]) => [type, pictures.get(size)])) },
  ];
}

/** Apple's names for pictures of these sizes; the first two of a size are for screens of half the density. */
const ICNS_TYPES = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
];

function icns(pictures) {
  const parts = pictures.map(([type, contents]) => {
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(contents.length + head.length, 4);
    return Buffer.concat([head, contents]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'latin1');
  head.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, head.length),
    4,
  );
  return Buffer.concat([head, ...parts]);
}

function ico(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  for (const [index, [size, contents]] of pictures.entries()) {
    const at = 6 + 16 * index;
    // 0 stands for 256.
    head.set([size % 256, size % 256], at);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(contents.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += contents.length;
  }
  return Buffer.concat([head, ...pictures.map(([, contents]) => contents)]);
}

/** {name, contents} of each file that the app itself shows. */
export function iconFiles() {
  const app = [256].map((size) => ({
    name: `icon-${size}.png`,
    contents: png(size, appIcon),
  }));
  const tray = [22, 44].flatMap((size) =>
    Object.keys(TRAY).flatMap((state) => {
      const double = size === 44 ? '@2x' : '';
      return [
        { name: `tray-${state}${double}.png`, contents: png(size, TRAY[state]) },
        { name: `tray-${state}Template${double}.png`, contents: png(size, TEMPLATE[state]) },
      ];
    }),
  );
  return [...app, ...tray];
}

function png(size, colorAt) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      pixel(size, column, row, colorAt).copy(rows, row * (size * 4 + 1) + 1 + column * 4);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    part('IHDR', header),
    part('IDAT', deflateSync(rows, { level: 9 })),
    part('IEND', Buffer.alloc(0)),
  ]);
}

function pixel(size, column, row, colorAt) {
  const samples = size > 256 ? 2 : SAMPLES;
  const sum = [0, 0, 0];
  let covered = 0;
  for (let sample = 0; sample < samples * samples; sample += 1) {
    const x = (column + ((sample % samples) + 0.5) / samples) / size;
    const y = (row + (Math.floor(sample / samples) + 0.5) / samples) / size;
    const color = colorAt(x, y);
    if (color === null) continue;
    covered += 1;
    color.forEach((value, index) => (sum[index] += value));
  }
  if (covered === 0) return Buffer.alloc(4);
  return Buffer.from([...sum.map((value) => Math.round(value / covered)), Math.round((covered / samples ** 2) * 255)]);
}

function part(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** Node has one of its own only since 22. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
