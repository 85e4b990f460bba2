// Goal: figures are served on loopback, and nothing else is. Method: real requests.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { serveText } from '../../agent/src/sys/http.ts'
import { suite } from '../harness.ts'

const test = suite('sys/http')

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

test('the text is answered to GET /metrics alone', async () => {
  const port = await freePort()
  const server = await serveText(port, () => 'up 1\n')
  try {
    const asked = await fetch(`http://127.0.0.1:${port}/metrics`)
    assert.equal(await asked.text(), 'up 1\n')
    assert.match(asked.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404)
    const posted = await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })
    assert.equal(posted.status, 404)
  } finally {
    await server.close()
  }
})

test('a port that is taken is refused, and what to look at is said', async () => {
  const port = await freePort()
  const server = await serveText(port, () => '')
  await assert.rejects(
    serveText(port, () => ''),
    { code: 'PORT', message: `cannot listen on TCP port ${port}`, hint: /ss -ltnp/ },
  )
  await server.close()
})

test.run()
