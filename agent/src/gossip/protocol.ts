// The versions of the protocol that this program speaks. Not here: their format (wire/).

export const PROTOCOL = { lowest: 1, highest: 1 } as const
