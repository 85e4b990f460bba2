// A relay between two sockets of loopback; its delay is measured, as nothing else shows it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { suite } from '../harness.ts'
import { startRelay } from './delay.ts'

const test = suite('delay relay')

test('bytes come in their order, a round trip late, and the end comes too', async () => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const roundTripMs = 40
  const relay = await startRelay(
    { host: '127.0.0.1', port: (echo.address() as AddressInfo).port },
    roundTripMs,
  )
  const started = performance.now()
  const socket = connect({ host: '127.0.0.1', port: relay.port })
  const words = Array.from({ length: 200 }, (_, position) => `word ${position}\n`)
  for (const word of words) socket.write(word)
  socket.end()
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  // Three trips of greeting, there and back; timers may fire a millisecond early.
  const tookMs = performance.now() - started
  assert.equal(received, words.join(''))
  assert.ok(tookMs >= roundTripMs * 2.5 - 2, `it took ${tookMs} ms`)
  await relay.close()
  echo.close()
})

test.run()
