import { createRequire } from 'node:module';
import { peer } from '@hyperledger/fabric-protos';

/**
 * Fabric 3.1 peers read and write many keys in one message and say so when the chaincode registers; no released Node
 * shim tells its user. This listens to the registration beside the shim (pinned: it is the shim's private side).
 */
export interface MessageHandler {
  readonly _stream: { on(event: 'data', listener: (message: peer.ChaincodeMessage) => void): unknown };
  chat(registration: unknown): void;
  _askPeerAndListen(message: peer.ChaincodeMessage, method: string): Promise<Uint8Array>;
}

/** Most keys in one message; 0: the peer takes none. */
export interface BatchLimits {
  readonly read: number;
  readonly write: number;
}

const NONE: BatchLimits = { read: 0, write: 0 };
const limitsOf = new WeakMap<MessageHandler, BatchLimits>();

export function batchLimits(handler: MessageHandler): BatchLimits {
  return limitsOf.get(handler) ?? NONE;
}

/** Has every connection to a peer remember what that peer said it takes. */
export function rememberBatchLimits(): void {
  const { ChaincodeMessageHandler } = createRequire(import.meta.url)('fabric-shim/lib/handler.js') as { ChaincodeMessageHandler: { prototype: MessageHandler } };
  const { prototype } = ChaincodeMessageHandler;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handler below
  const chat = prototype.chat;
  prototype.chat = function (this: MessageHandler, registration) {
    this._stream.on('data', (message) => {
      if (message.getType() === peer.ChaincodeMessage.Type.READY) limitsOf.set(this, limitsIn(message.getPayload_asU8()));
    });
    chat.call(this, registration);
  };
}

function limitsIn(payload: Uint8Array): BatchLimits {
  const parameters = peer.ChaincodeAdditionalParams.deserializeBinary(payload);
  return {
    read: parameters.getUseGetMultipleKeys() ? parameters.getMaxSizeGetMultipleKeys() : 0,
    write: parameters.getUseWriteBatch() ? parameters.getMaxSizeWriteBatch() : 0,
  };
}
