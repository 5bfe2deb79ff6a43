import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { portHolder } from '../../network/src/processes/port-holder.ts';

describe('who listens on a port', () => {
  it('is told by program and process, where the system tells', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(portHolder(port)).to.include(`process ${process.pid}`);
    server.close();
    await once(server, 'close');
    expect(portHolder(port)).to.equal(undefined);
  });
});
