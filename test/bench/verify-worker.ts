import { parentPort } from 'node:worker_threads';
import { verifyForAWhile } from './bound.ts';

parentPort?.postMessage(verifyForAWhile());
