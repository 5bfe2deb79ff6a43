import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A file of the portal as a browser fetches it. */
export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

/** What the page may do: its own scripts and styles, its own gateway, nothing else. */
export const PORTAL_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const page = (name: string): string => fileURLToPath(new URL(`../page/${name}`, import.meta.url));

/** Made at the first request, from the sources as they are, and kept. */
const made = new Map<string, Promise<Asset>>();

const MAKERS: Readonly<Record<string, () => Promise<Asset>>> = {
  '': () => asItIs('index.html', 'text/html; charset=utf-8'),
  'style.css': () => asItIs('style.css', 'text/css; charset=utf-8'),
  'portal.js': bundle,
};

/** The page itself is `''`. Undefined: there is no such file. */
export async function portalAsset(name: string): Promise<Asset | undefined> {
  const maker = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (maker === undefined) return undefined;
  const asset = made.get(name) ?? maker();
  made.set(name, asset);
  // A failure is told, and tried again by the next who asks.
  asset.catch(() => made.delete(name));
  return asset;
}

async function asItIs(name: string, type: string): Promise<Asset> {
  return { type, content: await readFile(page(name)) };
}

/** The client library and the page's own code in one script. */
async function bundle(): Promise<Asset> {
  const { outputFiles: [script] } = await build({ entryPoints: [page('portal.ts')], bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022', minify: true, legalComments: 'none', logLevel: 'silent' });
  if (script === undefined) throw new Error('esbuild made nothing');
  return { type: 'text/javascript; charset=utf-8', content: Buffer.from(script.contents) };
}
