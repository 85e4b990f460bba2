// Goal: who cannot listen is told why. Method: real sockets.
import assert from 'node:assert/strict'
import { openUdp } from '../../agent/src/sys/udp.ts'
import { suite } from '../harness.ts'

const test = suite('sys/udp')

test('an address that no interface has is named, and where to look for it', async () => {
  const options = { port: 4665, address: '192.0.2.7', onDatagram: () => undefined }
  await assert.rejects(openUdp(options), {
    code: 'PORT',
    message: 'cannot listen on UDP port 4665 of 192.0.2.7',
    hint: /no interface has the address/,
  })
})

test.run()
