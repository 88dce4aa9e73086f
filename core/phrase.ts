import type { Action } from './action.ts'

const ENGLISH = {
  invalid: 'Sorry, I did not understand that.',
  sorry: 'Sorry, something went wrong. Please hold, we are connecting you with somebody.',
  'sorry-goodbye': 'Sorry, something went wrong. Please call again later. Goodbye.',
  connecting: 'Thank you for waiting. We are connecting you now.',
  unreachable: 'Sorry, nobody could take your call.',
  'customer-unreachable': 'The customer could not be reached.',
  'back-in-line': 'Sorry, that did not work. You keep your place in line.',
  voicemail: 'Please leave a message after the tone.',
  'voicemail-kept': 'Thank you. Your message has been saved. Goodbye.',
  'nothing-recorded': 'Nothing was recorded.',
  next: 'You are next in line.',
  position: 'You are number {position} in line.',
  'wait-short': 'The wait is less than a minute.',
  'wait-minute': 'The wait is about one minute.',
  'wait-minutes': 'The wait is about {minutes} minutes.',
  'wait-long': 'The wait is more than 30 minutes.',
  'key-voicemail': 'Press {key} to leave a message.',
  'key-callback': 'Press {key} to be called back.',
  'callback-offer': 'To be called back at the number you are calling from, press 1.',
  'callback-promised': 'Thank you. We will call you back. Goodbye.',
  'record-announcement': 'This call may be recorded.',
  'record-question': 'May we record this call? If you agree, press 1. If not, press 2.',
  'key-unrecorded': 'If you do not want that, press {key}.',
  unrecorded: 'Then nothing is recorded. Goodbye.',
}

export type PhraseName = keyof typeof ENGLISH

const SPANISH: Record<PhraseName, string> = {
  invalid: 'Lo siento, no le he entendido.',
  sorry: 'Lo sentimos, ha ocurrido un error. No cuelgue, por favor: le pasamos con alguien.',
  'sorry-goodbye': 'Lo sentimos, ha ocurrido un error. Llame más tarde, por favor. Adiós.',
  connecting: 'Gracias por esperar. Le pasamos ahora mismo.',
  unreachable: 'Lo sentimos, nadie ha podido atender su llamada.',
  'customer-unreachable': 'No se ha podido contactar con el cliente.',
  'back-in-line': 'Lo sentimos, no ha sido posible. Usted conserva su lugar en la fila.',
  voicemail: 'Por favor, deje un mensaje después del tono.',
  'voicemail-kept': 'Gracias. Hemos guardado su mensaje. Adiós.',
  'nothing-recorded': 'No se ha grabado nada.',
  next: 'Usted es la siguiente persona en la fila.',
  position: 'Usted ocupa el lugar número {position} en la fila.',
  'wait-short': 'La espera es de menos de un minuto.',
  'wait-minute': 'La espera es de aproximadamente un minuto.',
  'wait-minutes': 'La espera es de aproximadamente {minutes} minutos.',
  'wait-long': 'La espera es de más de 30 minutos.',
  'key-voicemail': 'Pulse {key} para dejar un mensaje.',
  'key-callback': 'Pulse {key} para que le devolvamos la llamada.',
  'callback-offer': 'Para que le llamemos al número desde el que llama, pulse 1.',
  'callback-promised': 'Gracias. Le devolveremos la llamada. Adiós.',
  'record-announcement': 'Esta llamada puede ser grabada.',
  'record-question': '¿Podemos grabar esta llamada? Si está de acuerdo, pulse 1. Si no, pulse 2.',
  'key-unrecorded': 'Si no lo desea, pulse {key}.',
  unrecorded: 'Entonces no se graba nada. Adiós.',
}

export type Say = Extract<Action, { type: 'say' }>

/**
 * What the center itself says, in the caller's language (BCP 47) as far as it is spoken here, else in English. The
 * language is told along with the text, because a voice of another language makes the text unintelligible.
 */
export function phrase(name: PhraseName, language: string, values: Readonly<Record<string, string>> = {}): Say {
  const spanish = /^es(-|$)/i.test(language)
  const spoken = spanish || /^en(-|$)/i.test(language) ? language : 'en-US'
  const text = (spanish ? SPANISH : ENGLISH)[name].replace(/\{(\w+)\}/g, (_, value: string) => values[value] ?? '')
  return { type: 'say', text, language: spoken }
}

/** Minutes that a wait is rounded up to. Finer figures would promise what no estimate can keep. */
const WAIT_CLASSES = [1, 2, 3, 5, 10, 15, 20, 30]

/** How long the wait is. `seconds`: whole seconds; null for what is no estimate. */
export function waitPhrase(seconds: number | null, language: string): Say | null {
  if (seconds === null || !(seconds >= 0)) return null
  if (seconds < 60) return phrase('wait-short', language)
  const minutes = WAIT_CLASSES.find(most => seconds <= most * 60)
  if (minutes === undefined) return phrase('wait-long', language)
  if (minutes === 1) return phrase('wait-minute', language)
  return phrase('wait-minutes', language, { minutes: String(minutes) })
}

/** Which place in line it is; 1 is next. Null for what is no place. */
export function positionPhrase(position: number, language: string): Say | null {
  if (!Number.isInteger(position) || position < 1) return null
  return position === 1 ? phrase('next', language) : phrase('position', language, { position: String(position) })
}

/** Every phrase in this language as callers hear it, with places up to `lastPlace`: what can be had ready for them. */
export function everyPhrase(language: string, lastPlace = 30): Say[] {
  const places = Array.from({ length: lastPlace - 1 }, (_, index) => String(index + 2))
  const minutes = WAIT_CLASSES.slice(1).map(String)
  const keys = [...'1234567890*#']
  return (Object.entries(ENGLISH) as [PhraseName, string][]).flatMap(([name, text]) => {
    if (text.includes('{position}')) return places.map(position => phrase(name, language, { position }))
    if (text.includes('{minutes}')) return minutes.map(value => phrase(name, language, { minutes: value }))
    if (text.includes('{key}')) return keys.map(key => phrase(name, language, { key }))
    return phrase(name, language)
  })
}
