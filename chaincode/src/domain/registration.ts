/** What applicants, registrars and business systems say to each other before there is an account. None of it is on the ledger. */

/** Those in which somebody has something to do; each has a deadline. submitted ⇄ asked (for more documents); admitted: the applicant may take the key that the organization makes. */
export const OPEN_REGISTRATION_STATES = ['submitted', 'asked', 'admitted', 'certified'] as const;
export const REGISTRATION_STATES = [...OPEN_REGISTRATION_STATES, 'registered', 'rejected', 'lapsed'] as const;
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

/** What a registrar asks to see besides, and why it turns an application down. */
export const ASK_REASONS = ['IDENTITY_DOCUMENT', 'REGISTER_EXTRACT', 'PROOF_OF_ADDRESS', 'AUTHORITY_TO_SIGN', 'QUALIFICATION', 'ILLEGIBLE', 'OTHER'] as const;
export type AskReason = (typeof ASK_REASONS)[number];
export const REJECTION_REASONS = ['IDENTITY_NOT_PROVEN', 'INCOMPLETE', 'DUPLICATE', 'NOT_ELIGIBLE', 'OTHER'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

export const DOCUMENT_TYPES = ['application/pdf', 'image/png', 'image/jpeg'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** Of one registration. */
export const MAX_DOCUMENTS = 10;
