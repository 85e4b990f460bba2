// The network of a trial: a namespace of its own with an address for each process on loopback, and
// faults as nftables rules. What is lost counts as sent. TCP comes from no address of its process's
// own, so it is known by the user that sends it. Not here: what is measured.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { addressOf, userOf } from './contenders.ts'

/** Gives the first `places` addresses to this namespace; it must be a new one. */
export function openNetwork(places: number): void {
  run('ip', ['link', 'set', 'lo', 'up'])
  for (let place = 1; place <= places; place++) {
    run('ip', ['addr', 'add', `${addressOf(place)}/32`, 'dev', 'lo'])
  }
}

/** Loses this share of UDP, per cent; TCP, which serf has besides, gets through. */
export function loseUdp(percent: number): void {
  drop(`meta l4proto udp numgen random mod 100 < ${percent}`)
}

/** Nothing passes between the two groups. */
export function cut(a: readonly number[], b: readonly number[]): void {
  drop(`ip saddr ${setOf(a)} ip daddr ${setOf(b)}`)
  drop(`ip saddr ${setOf(b)} ip daddr ${setOf(a)}`)
  dropTcp(`meta skuid ${usersOf(a)} ip daddr ${setOf(b)}`)
  dropTcp(`meta skuid ${usersOf(b)} ip daddr ${setOf(a)}`)
}

/** It hears nobody else, and is heard. */
export function deafen(place: number): void {
  drop(`ip saddr != ${addressOf(place)} ip daddr ${addressOf(place)}`)
  // A connection needs answers, whoever begins it.
  dropTcp(`meta skuid ${userOf(place)} ip daddr != ${addressOf(place)}`)
  dropTcp(`meta skuid != { 0, ${userOf(place)} } ip daddr ${addressOf(place)}`)
}

export function mend(): void {
  run('nft', ['flush', 'ruleset'])
}

/** Bytes that went over the network so far, headers included. */
export function sentBytes(): number {
  return Number(/^ *lo: *(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1])
}

function drop(what: string, hook: 'input' | 'output' = 'input'): void {
  const rules = [
    'add table inet trial',
    `add chain inet trial ${hook} { type filter hook ${hook} priority 0; }`,
    `add rule inet trial ${hook} ${what} drop`,
  ]
  run('nft', ['-f', '-'], rules.join('\n'))
}

function dropTcp(what: string): void {
  drop(`meta l4proto tcp ${what}`, 'output')
}

const usersOf = (places: readonly number[]): string => `{ ${places.map(userOf).join(', ')} }`

const setOf = (places: readonly number[]): string => `{ ${places.map(addressOf).join(', ')} }`

function run(program: string, args: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync(program, args, { input })
  if (error !== undefined) throw new Error(`${program}: ${error.message}; is it installed?`)
  if (status !== 0) throw new Error(`${program}: ${String(stderr)}`)
}
