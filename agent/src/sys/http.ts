// One text by HTTP, on loopback only, for programs that collect figures. Not here: what it says.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ClusterError } from '../errors.ts'

export interface TextServer {
  close(): Promise<void>
}

/** Answers GET /metrics; PORT when the port is taken or refused. */
export async function serveText(port: number, text: () => string): Promise<TextServer> {
  // Only for who wants it: it brings a client with it, a fifth of the agent's time to start.
  const { createServer } = await import('node:http')
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const isAsked = request.method === 'GET' && request.url === '/metrics'
    response.statusCode = isAsked ? 200 : 404
    response.setHeader('Content-Type', 'text/plain; version=0.0.4')
    response.end(isAsked ? text() : '')
  })
  const close = (): Promise<void> => new Promise((done) => server.close(() => done()))
  return new Promise((resolve, reject) => {
    server.once('error', (cause: { code?: string }) => {
      const hint =
        cause.code === 'EADDRINUSE'
          ? 'another process has it (ss -ltnp)'
          : 'the port is refused: ports below 1024 need root'
      reject(new ClusterError('PORT', `cannot listen on TCP port ${port}`, { hint, cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve({ close }))
  })
}
