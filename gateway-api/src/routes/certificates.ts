import { accountIdSchema, applicationJwsSchema, capsSchema, CERTIFICATE_STATES, digestSchema, formatInstant, isAccountId, KEY_ROLES, LedgerError, organizationOf, parseInstant, signerIdSchema, type capCertificate, type revokeCertificate } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { assertOfficerOf, homesOf, mayRead } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { instructionRoute, jsonRoute, readerRoute } from '../http/route.ts';
import type { BodyOf } from '../index/body-of.ts';
import { wardsOf } from '../index/wards.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { minBlockQuery, pageQuery, readOne, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

export const certificateSchema = z
  .object({
    thumbprint: z.string().meta({ description: 'SHA-256 of the DER encoding, base64url: kid of what its key signs' }),
    holder: z.string(),
    serialNumber: z.string(),
    notBefore: z.string(),
    notAfter: z.string(),
    status: z.enum(CERTIFICATE_STATES),
    role: z.enum(KEY_ROLES).meta({ description: 'owner: everything; payer: payments, holds, captures, refunds; viewer: reading' }),
    caps: capsSchema.optional(),
    issued: z.literal(true).optional().meta({ description: 'The organization made the key, and the proof of it, for the holder' }),
    certificate: z.string().meta({ description: 'DER, base64' }),
  })
  .meta({ id: 'Certificate' });

/** Of a key that the organization makes. */
export const passwordSchema = z.string().regex(/^[\x20-\x7e]{12,128}$/).meta({ description: '12 to 128 printable ASCII characters' });
export const pkcs12Schema = z.string().meta({ description: 'base64; key (PBES2, AES-256-CBC), its certificate and the CA’s, SHA-256 MAC' });

const thumbprintParams = z.strictObject({ thumbprint: digestSchema });

export const getCertificate = readerRoute({
  method: 'get',
  path: '/certificates/{thumbprint}',
  tag: 'certificates',
  summary: 'A certificate and its state',
  params: thumbprintParams,
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'The certificate', schema: reading(certificateSchema) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) =>
    readOne(gateway, query, () => {
      const certificate = gateway.index.certificates.one(params.thumbprint);
      return certificate !== undefined && mayRead(reader, certificate.holder) ? certificate : undefined;
    }),
});

const DAY_MS = 24 * 3600_000;
const days = z.string().regex(/^\d{1,4}$/).transform(Number).pipe(z.int().min(0).max(3_650));

export const listExpiring = readerRoute({
  method: 'get',
  path: '/certificates',
  tag: 'certificates',
  summary: 'Active certificates that end within a number of days, soonest first',
  description: 'An account’s own; for a registrar those of its organization’s accounts and of those in its care, for an administrator those of its officers.',
  query: z.strictObject({
    expiringWithin: days.meta({ description: 'Days from the ledger clock; ended ones are told until they are renewed or revoked' }),
    kind: z.enum(['account', 'officer']).optional().meta({ description: 'For an officer: whose' }),
    cursor: pageQuery.cursor,
    ...minBlockQuery,
  }),
  replies: { 200: { description: 'A page of at most 200', schema: z.object({ items: z.array(certificateSchema), cursor: z.string().optional(), asOfBlock: z.int() }) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query: { expiringWithin, kind = 'account', cursor, ...query } }, reader) => {
    const until = formatInstant(parseInstant(gateway.index.clock() ?? formatInstant(0)) + expiringWithin * DAY_MS);
    const [notAfter = '', thumbprint = ''] = cursor === undefined ? [] : [cursor.slice(0, 24), cursor.slice(25)];
    if (!isAccountId(reader.signer)) assertOfficerOf(reader, reader.organizationId, kind === 'account' ? 'registrar' : 'administrator');
    const whose = isAccountId(reader.signer) ? { holder: reader.signer } : { homes: kind === 'account' ? homesOf(reader) : [reader.organizationId], kind };
    const request = { until, limit: PAGE, after: { notAfter, thumbprint } };
    return readOne(gateway, query, () => {
      const items = gateway.index.certificates.expiring(whose, request);
      const last = items.at(-1);
      return items.length < PAGE || last === undefined ? { items } : { items, cursor: `${last.notAfter}_${last.thumbprint}` };
    });
  },
});

const PAGE = 200;

export const requestCertificate = jsonRoute({
  method: 'post',
  path: '/certificates/requests',
  tag: 'certificates',
  access: 'reader',
  evenExpired: true,
  summary: 'Let the CA certify the next key, or one more, of an account or officer',
  description: 'By the registrar for an account of its organization or of a removed one in its care, by the administrator for an officer. The certificate counts for nothing until `certificate.renew/1` or `certificate.add/1` has recorded it.',
  json: z.strictObject({ holder: signerIdSchema, csr: z.string().max(8192), application: applicationJwsSchema }),
  replies: { 200: { description: 'Certified', schema: z.object({ certificate: z.string().meta({ description: 'DER, base64' }) }) } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'OBJECT_DIFFERS', 'REGISTRATION_PROOF', 'CERTIFICATE_AUTHORITY_UNAVAILABLE'],
  handle: async (gateway, { body }, reader) => {
    // The ledger wants the certificates of a removed organization's accounts from its trustee's CA.
    const homes = [gateway.organizationId, ...(isAccountId(body.holder) ? wardsOf(gateway.index, gateway.organizationId) : [])];
    if (!homes.includes(organizationOf(body.holder))) throw new HttpError('OBJECT_DIFFERS', { organization: gateway.organizationId });
    assertOfficerOf(reader, gateway.organizationId, isAccountId(body.holder) ? 'registrar' : 'administrator');
    if (reader.isExpired && body.holder !== reader.signer) throw new LedgerError('CERTIFICATE_EXPIRED');
    return { status: 200, body: { certificate: await gateway.registrations.certifyNext(body) } };
  },
});

export const issueCertificate = jsonRoute({
  method: 'post',
  path: '/certificates/issues',
  tag: 'certificates',
  access: 'reader',
  summary: 'Make one more key for an account, and let the CA certify it',
  description: 'By the registrar, for a device or person whose holder makes no key. The key is made for this answer and given away encrypted: nobody can show it again. It counts for nothing until `certificate.add/1` has recorded it, with the consent of an owner of the account to the application that is told with it.',
  json: z.strictObject({ holder: accountIdSchema, password: passwordSchema.optional() }),
  replies: {
    200: {
      description: 'The key',
      schema: z.object({
        pkcs12: pkcs12Schema,
        password: z.string().optional().meta({ description: 'Unless one was chosen' }),
        holder: z.string(), csr: z.string(), application: z.string(), certificate: z.string().meta({ description: 'DER, base64' }),
      }),
    },
  },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'OBJECT_DIFFERS', 'CERTIFICATE_AUTHORITY_UNAVAILABLE'],
  handle: async (gateway, { body: { holder, password: chosen } }, reader) => {
    assertOfficerOf(reader, gateway.organizationId, 'registrar');
    if (!homesOf(reader).includes(organizationOf(holder))) throw new HttpError('OBJECT_DIFFERS', { organization: gateway.organizationId });
    const { pkcs12, password, applied } = await gateway.registrations.issueNext(holder, chosen);
    return { status: 200, body: { pkcs12, ...(password !== undefined && { password }), holder, ...applied } };
  },
});

export const renewCertificate = instructionRoute({
  method: 'post',
  path: '/certificates',
  tag: 'certificates',
  summary: 'Renew a certificate: a new one takes the place, role and caps of an active one; or add one more to an account',
  description: '`certificate.add/1` carries the consent of an owner, `certificate.renew/1` of an account that of the superseded key or an owner: certificate.consent/1 {type, ledger, holder, key, role, caps, expiresAt} as compact JWS, canonical JSON, kid = thumbprint of the certificate that consents; `key` = SHA-256 of the new key’s SPKI.',
  types: ['certificate.renew/1', 'certificate.add/1'],
  replies: INSTRUCTION_REPLIES,
  errors: [...INSTRUCTION_PROBLEMS, 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'CERTIFICATE_STATE', 'CERTIFICATE_MALFORMED', 'CERTIFICATE_PROFILE', 'CERTIFICATE_ISSUER', 'CERTIFICATE_NOT_CURRENT', 'CERTIFICATE_PROOF', 'KEY_IN_USE', 'CERTIFICATE_CONSENT', 'CERTIFICATE_TOO_MANY', 'ACCOUNT_UNKNOWN', 'ACCOUNT_CLOSED'],
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

export const changeCaps = instructionRoute({
  method: 'post',
  path: '/certificates/{thumbprint}/caps',
  tag: 'certificates',
  summary: 'Give a payer’s key of the own account other caps, or none',
  description: 'By an owner key of the account.',
  types: ['certificate.cap/1'],
  params: thumbprintParams,
  replies: INSTRUCTION_REPLIES,
  errors: [...INSTRUCTION_PROBLEMS, 'CERTIFICATE_ROLE', 'CERTIFICATE_STATE', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'OBJECT_DIFFERS'],
  handle: (gateway, { params, body, header }) => {
    assertAbout<BodyOf<typeof capCertificate>>(body.instruction, ({ thumbprint }) => thumbprint === params.thumbprint);
    return submitted(gateway, body, header('prefer'));
  },
});

export const revocation = instructionRoute({
  method: 'post',
  path: '/certificates/{thumbprint}/revocation',
  tag: 'certificates',
  summary: 'Revoke a certificate at once',
  types: ['certificate.revoke/1'],
  params: thumbprintParams,
  replies: INSTRUCTION_REPLIES,
  errors: [...INSTRUCTION_PROBLEMS, 'SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'CERTIFICATE_STATE', 'ORGANIZATION_LAST_ADMINISTRATOR', 'OBJECT_DIFFERS'],
  handle: (gateway, { params, body, header }) => {
    assertAbout<BodyOf<typeof revokeCertificate>>(body.instruction, ({ thumbprint }) => thumbprint === params.thumbprint);
    return submitted(gateway, body, header('prefer'));
  },
});
