import { parentPort, workerData } from 'node:worker_threads';
import { press, type Order } from './press.ts';

parentPort?.postMessage(press(workerData as Order));
