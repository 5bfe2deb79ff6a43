import { PORTAL_POLICY, portalAsset } from '@tallystick/portal';
import { z } from 'zod';
import { HttpError } from '../http/http-error.ts';
import { publicRoute, type Reply, type Route } from '../http/route.ts';

const described = { method: 'get', tag: 'description', replies: { 200: { description: 'The file' } } } as const;

async function file(name: string): Promise<Reply> {
  const asset = await portalAsset(name);
  if (asset === undefined) throw new HttpError('NOT_FOUND');
  return { status: 200, headers: { 'content-type': asset.type, 'content-security-policy': PORTAL_POLICY }, body: asset.content };
}

/** The portal: registration and payments in a browser, which keeps the key. */
export const portalRoutes: readonly Route[] = [
  publicRoute({ ...described, path: '/portal', summary: 'Register and pay in a browser', handle: () => file('') }),
  publicRoute({ ...described, path: '/portal/{file}', summary: 'What the portal is made of', params: z.strictObject({ file: z.string().max(40) }), handle: (_gateway, { params }) => file(params.file) }),
];
