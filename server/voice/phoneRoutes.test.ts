import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

describe('what the phone page may know', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server?.close())

  const ask = async (query = '') => {
    const response = await fetch(`${server.url}/api/phone${query}`)
    return { status: response.status, body: await response.json() }
  }

  test('the main number of the first workspace, without credentials', async () => {
    const { status, body } = await ask()
    expect(status).toBe(200)
    expect(body).toMatchObject({ number: '+12025550100', language: 'en-US' })
    expect(body.workspaceName).not.toBe('')
    expect(body.label).not.toBe('')
    expect(Object.keys(body).toSorted()).toEqual(['label', 'language', 'number', 'workspaceName'])
  })

  test('another number, however it is written, with the language of its flow', async () => {
    const flow = { start: 'bye', language: 'es-MX', nodes: { bye: { type: 'hangUp' } } }
    const made = await server.api('/api/flows', { json: { name: 'Hola', definition: flow } })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { id } = (made.body as { flow: { id: string } }).flow
    const published = await server.api(`/api/flows/${id}/publish`, { json: {} })
    expect(published.status, JSON.stringify(published.body)).toBe(200)
    await server.api('/api/numbers', { json: { number: '+12025550177', label: 'Sales', flow: id } })
    const written = encodeURIComponent('(202) 555-0177')
    expect((await ask(`?number=${written}`)).body).toMatchObject({
      number: '+12025550177',
      label: 'Sales',
      language: 'es-MX',
    })
  })

  test('a number of another company leads to that one, a number of nobody to nothing', async () => {
    const made = await server.api('/api/workspaces', {
      json: { name: 'Other Co', adminEmail: 'other@example.com', adminPassword: 'correct horse battery' },
    })
    const { apiKey } = made.body as { apiKey: string }
    await server.api('/api/numbers', {
      json: { number: '+12025550188', label: 'Other' },
      headers: { 'x-api-key': apiKey },
    })
    expect((await ask('?number=%2B12025550188')).body).toMatchObject({ workspaceName: 'Other Co' })
    expect((await ask('?number=%2B12025550199')).status).toBe(404)
  })
})
