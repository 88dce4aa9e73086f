import type { syncEn } from './syncEn.ts'

export const syncEs: typeof syncEn = {
  events: {
    merged: (by, from, into) => `${by} fusionó el contacto ${from} con ${into}`,
    fieldCreated: (by, name) => `${by} añadió el campo de contacto ${name}`,
    fieldUpdated: (by, name) => `${by} cambió el campo de contacto ${name}`,
    fieldDeleted: (by, name) => `${by} quitó el campo de contacto ${name}`,
    connected: (by, name) => `${by} conectó ${name}`,
    connectorUpdated: (by, name) => `${by} cambió cómo se sincroniza ${name}`,
    disconnected: (by, name) => `${by} desconectó ${name}`,
    connectorFailed: (name, problem) => `${name} ya no se sincroniza: ${problem}`,
  },
}
