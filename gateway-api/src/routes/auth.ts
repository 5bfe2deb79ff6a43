import { signerIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { jsonRoute } from '../http/route.ts';
import { SIGNED_REQUEST_PROBLEMS } from '../http/signed-request.ts';

const challengeSchema = z.object({ challenge: z.string(), ledger: z.string(), expiresAt: z.string() });
const tokenSchema = z.object({ accessToken: z.string(), tokenType: z.literal('Bearer'), expiresIn: z.int().meta({ description: 'Seconds' }) });

export const newChallenge = jsonRoute({
  method: 'post',
  path: '/auth/challenges',
  tag: 'auth',
  access: 'public',
  summary: 'A challenge to sign',
  json: z.strictObject({ signer: signerIdSchema }),
  replies: { 201: { description: 'To be signed once, within a minute', schema: challengeSchema } },
  handle: ({ access, ledger }, { body }) => ({ status: 201, body: { ...access.challenge(body.signer), ledger } }),
});

export const newToken = jsonRoute({
  method: 'post',
  path: '/auth/tokens',
  tag: 'auth',
  access: 'public',
  summary: 'A token for reading',
  description:
    '`token` is a compact JWS (ES256, header exactly `{"alg":"ES256","kid":…}`, kid = SHA-256 of the certificate) over canonical JSON of the schema TokenRequest, `gateway` being the organization of this gateway.',
  json: z.strictObject({ token: z.string().max(4096) }),
  replies: { 201: { description: 'Good for ten minutes, at this gateway', schema: tokenSchema } },
  errors: [...SIGNED_REQUEST_PROBLEMS, 'CHALLENGE_INVALID'],
  handle: ({ access }, { body }) => ({ status: 201, body: { ...access.token(body.token), tokenType: 'Bearer' } }),
});
