// Goal: host keys are known exactly when OpenSSH would know them. Method: lines of known_hosts in
// every form, hashed ones made by ssh-keygen's own recipe.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { knownKeys, knownName } from '../../agent/src/host/known-hosts.ts'
import { suite } from '../harness.ts'

const test = suite('host/known-hosts')

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIE'

function lookUp(line: string, host: string, port = 22): number {
  const name = knownName({ address: host, port })
  return knownKeys(`# a comment\n\n${line}\n`, 'known_hosts', name).length
}

test('a name is known by itself and in a list', () => {
  assert.equal(lookUp(`node1 ssh-ed25519 ${KEY}`, 'node1'), 1)
  assert.equal(lookUp(`node1,10.0.0.1 ssh-ed25519 ${KEY} me`, '10.0.0.1'), 1)
  assert.equal(lookUp(`node1 ssh-ed25519 ${KEY}`, 'node2'), 0)
  assert.equal(lookUp(`node1 ssh-ed25519 ${KEY}`, 'NODE1'), 1)
})

test('patterns match, and a negated one excludes', () => {
  assert.equal(lookUp(`node* ssh-ed25519 ${KEY}`, 'node12'), 1)
  assert.equal(lookUp(`node? ssh-ed25519 ${KEY}`, 'node12'), 0)
  assert.equal(lookUp(`!node7,node* ssh-ed25519 ${KEY}`, 'node7'), 0)
  assert.equal(lookUp(`node.1 ssh-ed25519 ${KEY}`, 'nodex1'), 0)
})

test('another port is another host', () => {
  assert.equal(lookUp(`node1 ssh-ed25519 ${KEY}`, 'node1', 2222), 0)
  assert.equal(lookUp(`[node1]:2222 ssh-ed25519 ${KEY}`, 'node1', 2222), 1)
  assert.equal(lookUp(`[node1]:2222 ssh-ed25519 ${KEY}`, 'node1'), 0)
})

test('an alias is the name whatever the port, and a name is in lower case', () => {
  const host = { address: 'Node1', port: 2222 }
  assert.equal(knownName({ ...host, hostKeyAlias: 'Kept' }), 'kept')
  assert.equal(knownName(host), '[node1]:2222')
  assert.equal(knownName({ ...host, port: 22 }), 'node1')
})

test('a hashed name is found by its host alone', () => {
  const salt = Buffer.from('0123456789abcdef0123')
  const hash = createHmac('sha1', salt).update('node1').digest('base64')
  const line = `|1|${salt.toString('base64')}|${hash} ssh-ed25519 ${KEY}`
  assert.equal(lookUp(line, 'node1'), 1)
  assert.equal(lookUp(line, 'node2'), 0)
})

test('a revoked key is marked, and a line of a certificate authority vouches for nobody', () => {
  const [revoked] = knownKeys(`@revoked * ssh-ed25519 ${KEY}`, 'f', 'node1')
  assert.equal(revoked?.isRevoked, true)
  assert.equal(lookUp(`@cert-authority * ssh-ed25519 ${KEY}`, 'node1'), 0)
})

test('a key says where it was written', () => {
  const [key] = knownKeys(`\nnode1 ssh-ed25519 ${KEY}`, '/etc/known', 'node1')
  assert.equal(key?.origin, '/etc/known:2')
})

test.run()
