// The seed of every property test. It is fixed, so that a run means the same on every machine; a
// campaign sets SEED to look further.
export const seed = Number(process.env['SEED'] ?? 7)
