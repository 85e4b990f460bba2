// Turns of the event loop. Node runs timers before it reads sockets; what must come after the
// reading waits for the turn's end.

export function afterReading(callback: () => void): void {
  setImmediate(callback)
}
