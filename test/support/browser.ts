import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
/** It talks to the gateways of the tests and to nobody else. */
const QUIET = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-gpu'];

/** A real browser without a window. @throws when the machine has none */
export async function openBrowser(): Promise<Browser> {
  const found = [process.env['CHROMIUM'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))), MAC].find((path) => path !== '' && existsSync(path));
  if (found === undefined) throw new Error('The portal is tested in a browser: install Chromium or Chrome, or name its program in CHROMIUM.');
  return chromium.launch({ executablePath: found, args: QUIET, chromiumSandbox: false });
}
