import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { openApi } from '../http/openapi.ts';
import { publicRoute, type Route } from '../http/route.ts';

const REFERENCE_POLICY = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; connect-src 'self'";

const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallystick gateway: API reference</title>
<script type="module" src="/docs/reference.js"></script>
</head>
<body>
<rapi-doc spec-url="/openapi.json" render-style="read" theme="light" load-fonts="false" show-header="false" allow-try="true" allow-server-selection="false" allow-authentication="true"></rapi-doc>
</body>
</html>
`;

/** The API's description of these routes and of itself. Anybody may ask for it as often as he likes: what is long is made once. */
export function descriptionRoutes(routes: readonly Route[]): readonly Route[] {
  let document: Buffer | undefined;
  let reference: Buffer | undefined;
  const description: Route = publicRoute({
    method: 'get',
    path: '/openapi.json',
    tag: 'description',
    summary: 'This API, as OpenAPI 3.1',
    replies: { 200: { description: 'The document', schema: z.object({ openapi: z.literal('3.1.0') }) } },
    handle: () => ({ status: 200, body: (document ??= Buffer.from(JSON.stringify(openApi([...routes, ...own])))) }),
  });
  const page = publicRoute({
    method: 'get',
    path: '/docs',
    tag: 'description',
    summary: 'This API, as a page to read and try',
    replies: { 200: { description: 'HTML' } },
    handle: () => ({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': REFERENCE_POLICY }, body: REFERENCE_PAGE }),
  });
  const script = publicRoute({
    method: 'get',
    path: '/docs/reference.js',
    tag: 'description',
    summary: 'The page’s script',
    replies: { 200: { description: 'JavaScript' } },
    handle: () => ({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=3600' }, body: (reference ??= referenceScript()) }),
  });
  const own: readonly Route[] = [description, page, script];
  return own;
}

/** Served from the package: nothing is fetched from elsewhere. */
function referenceScript(): Buffer {
  return readFileSync(createRequire(import.meta.url).resolve('rapidoc/dist/rapidoc-min.js'));
}
