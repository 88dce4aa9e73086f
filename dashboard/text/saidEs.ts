import type { SpecialKind } from '../../core/dialling.ts'
import type { SaidWords } from './said.ts'

const TYPES: Record<string, string> = {
  string: 'un texto',
  number: 'un número',
  integer: 'un número entero',
  boolean: 'sí o no',
  array: 'una lista',
  object: 'un objeto',
}

const FORMATS: Record<string, string> = {
  date: 'Tiene que ser un día, como 2026-01-05.',
  datetime: 'Tiene que ser una hora en UTC, como 2026-01-05T09:00:00Z.',
  email: 'No es una dirección de correo.',
  url: 'No es una dirección, como https://example.com/.',
  uuid: 'No es un identificador.',
}

const sizes = (of: string | null): string =>
  of === 'characters' ? ' caracteres' : of === 'entries' ? ' elementos' : ''

/** Parts of nodes, as the definition of a flow names them: `options 2 next`. */
const PARTS: Record<string, string> = {
  next: 'después',
  option: 'tecla',
  options: 'tecla',
  entered: 'lo tecleado',
  otherwise: 'cualquier otra cosa',
  open: 'abierto',
  closed: 'cerrado',
  case: 'condición',
  cases: 'condición',
  failed: 'sin respuesta',
  unanswered: 'nadie contesta',
  declined: 'no quiere',
  refused: 'se niega',
  unsent: 'no se pudo enviar',
  prompt: 'locución',
  invalid: 'tras una tecla errónea',
  silence: 'tras ninguna tecla',
  confirmed: 'al aceptar',
  text: 'texto',
  audio: 'grabación',
  media: 'lo que suena',
  queue: 'cola',
  hours: 'horario',
  flow: 'flujo',
  agent: 'agente',
  number: 'número',
  language: 'idioma',
  digits: 'teclas',
  hints: 'palabras',
  retries: 'repeticiones',
  timeoutSeconds: 'espera en segundos',
  ringSeconds: 'segundos de timbre',
  maxSeconds: 'segundos como máximo',
  deadlineMs: 'plazo en milisegundos',
  priority: 'prioridad',
  requires: 'habilidades',
  variable: 'dato',
  value: 'valor',
  saveAs: 'guardar como',
  save: 'guardar',
  send: 'enviar',
  url: 'dirección',
  method: 'método',
}
const part = (field: string): string =>
  field
    .split(' ')
    .map(word => PARTS[word] ?? word)
    .join(' ')

const TYPES_OF_NODES: Record<string, string> = {
  say: 'decir',
  play: 'reproducir',
  menu: 'menú',
  hours: 'horario',
  language: 'idioma',
  set: 'guardar un dato',
  branch: 'bifurcación',
  http: 'preguntar a un servidor',
  queue: 'cola',
  ring: 'llamar',
  voicemail: 'buzón de voz',
  callback: 'devolver la llamada',
  consent: 'consentimiento',
  message: 'mensaje de texto',
  hangUp: 'colgar',
  subflow: 'otro flujo',
}
const kind = (type: string): string => TYPES_OF_NODES[type] ?? type

const WEEKDAYS = ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo']
const on = (weekday: number | null, span: string): string =>
  weekday === null ? span : `${WEEKDAYS[weekday - 1]} ${span}`
const of = (exception: string | null): string => (exception === null ? '' : `«${exception}»: `)

const REMEDY = 'Un administrador puede permitirlas en Ajustes → Adónde se puede llamar.'
const KINDS: Record<SpecialKind, string> = {
  'premium-rate': 'tarificación adicional',
  'shared-cost': 'coste compartido',
  personal: 'números personales',
  pager: 'buscapersonas',
  global: 'satélites y otros números de ningún país',
}
const countryName = (country: string): string =>
  new Intl.DisplayNames(['es'], { type: 'region', fallback: 'code' }).of(country) ?? country

const NOTHING = 'nada'
const END = 'el final'

export const saidEs: SaidWords = {
  byCode: {
    missing: () => 'Hay que indicarlo.',
    'wrong-type': ({ type }) => `Tiene que ser ${TYPES[type] ?? type}.`,
    'not-equal': ({ value }) => `Tiene que ser ${value}.`,
    'not-one-of': ({ choices }) => `Tiene que ser uno de estos: ${choices}.`,
    empty: () => 'No puede quedar vacío.',
    'too-small': ({ least, of }) => `Tiene que ser al menos ${least}${sizes(of)}.`,
    'too-big': ({ most, of }) => `Puede ser como máximo ${most}${sizes(of)}.`,
    'bad-format': ({ format }) => FORMATS[format] ?? 'No está escrito como debe.',
    unknown: ({ names }) => `Aquí no hay ${names}.`,
    'not-multiple': ({ of }) => `Tiene que ser un múltiplo de ${of}.`,
    'no-form': () => 'No tiene ninguna de las formas posibles.',

    'no-start': ({ start }) => `El flujo empieza en «${start}», y ese paso no existe.`,
    'too-many-nodes': ({ most, nodes }) => `Un flujo tiene como máximo ${most} pasos; este tiene ${nodes}.`,
    'unknown-node': ({ node, to, exit }) => `«${node}» lleva a «${to}» (${part(exit)}), y ese paso no existe.`,
    unreachable: ({ node }) => `Nada lleva a «${node}».`,
    'dead-end': ({ node, exit }) =>
      `«${node}» no lleva a ninguna parte (${part(exit)}): la llamada termina ahí sin despedida.`,
    'endless-loop': ({ round }) => `${round}: las llamadas dan vueltas aquí sin fin.`,
    'no-options': ({ node }) => `En «${node}» no hay nada que elegir.`,
    'duplicate-option': ({ node, keys }) => `«${node}» tiene ${keys} más de una vez.`,
    'option-too-long': ({ node, most, keys }) => `«${node}» espera ${most} teclas: ${keys} no se puede marcar.`,
    'ambiguous-hint': ({ node, hint, language }) => `«${node}» tiene «${hint}» en ${language} para más de una opción.`,
    'empty-prompt': ({ node, prompt }) => `«${node}» no tiene palabras (${part(prompt)}).`,
    'missing-language': ({ node, language, prompt }) => `«${node}» no dice nada en ${language} (${part(prompt)}).`,
    'prompt-too-long': ({ node, most, language, prompt }) =>
      `«${node}» dice más de ${most} caracteres en ${language} (${part(prompt)}).`,
    'unknown-queue': ({ node, name }) => `«${node}» necesita la cola «${name}», que no existe.`,
    'unknown-hours': ({ node, name }) => `«${node}» necesita el horario «${name}», que no existe.`,
    'unknown-agent': ({ node, name }) => `«${node}» necesita al agente «${name}», que no existe.`,
    'unknown-flow': ({ node, name }) => `«${node}» necesita el flujo «${name}», que no existe.`,
    'unknown-prompt': ({ node }) => `«${node}» reproduce una grabación que ya no existe.`,
    'no-voice': ({ node, language }) =>
      `«${node}» habla ${language}, y este servidor no tiene voz propia para ese idioma: grábalo, o define SPEECH_URL.`,
    'recursive-flow': ({ node, name }) => `«${node}» lleva a «${name}», que vuelve a este flujo.`,
    'bad-url': ({ node, url }) =>
      `«${node}»: «${url}» no es una dirección como https://host/ruta, con datos solo en la ruta.`,
    'bad-variable': ({ node, name, allowed }) =>
      `«${node}»: «${name}» no puede ser el nombre de un dato; «${allowed}» sí.`,
    'bad-number': ({ node, number }) => `«${node}»: «${number}» no es un número de teléfono.`,
    'barred-number': ({ node, number }) =>
      `«${node}»: no se permiten llamadas a «${number}». Se cambia en Ajustes → Adónde se puede llamar.`,
    'out-of-range': ({ node, field, least, most }) =>
      `«${node}»: ${part(field)} tiene que ser un número entero de ${least} a ${most}.`,

    start: ({ from, to }) => `El flujo empieza en «${to}» en vez de «${from}».`,
    language: ({ from, to }) => `El idioma del flujo es ${to} en vez de ${from}.`,
    'node-id': ({ from, to }) => `El paso «${from}» es ahora «${to}».`,
    'node-new': ({ node, type }) => `«${node}» es nuevo (${kind(type)}).`,
    'node-gone': ({ node }) => `«${node}» ya no está.`,
    'node-label': ({ from, to }) => `«${from}» se llama ahora «${to}».`,
    'node-type': ({ node, from, to }) => `«${node}» era ${kind(from)} y ahora es ${kind(to)}.`,
    'part-new': ({ node, field }) => `«${node}»: ${part(field)} es nuevo.`,
    'part-gone': ({ node, field }) => `«${node}»: ${part(field)} ya no está.`,
    'field-set': ({ node, field, to }) => `«${node}»: ${part(field)} es ${to ?? NOTHING}.`,
    'field-unset': ({ node, field, from }) => `«${node}»: ${part(field)} ya no es ${from ?? NOTHING}.`,
    'field-changed': ({ node, field, from, to }) =>
      `«${node}»: ${part(field)} es ${to ?? NOTHING} en vez de ${from ?? NOTHING}.`,
    'exit-set': ({ node, field, to }) => `«${node}»: ${part(field)} lleva a ${to ?? END}.`,
    'exit-unset': ({ node, field, from }) => `«${node}»: ${part(field)} ya no lleva a ${from ?? END}.`,
    'exit-changed': ({ node, field, from, to }) =>
      `«${node}»: ${part(field)} lleva a ${to ?? END} en vez de ${from ?? END}.`,

    'barred-unreadable': () => 'No es un número de teléfono.',
    'barred-kind': ({ kind }) => `No se permite llamar a este tipo de número: ${KINDS[kind]}. ${REMEDY}`,
    'barred-country': ({ country }) => `No se permiten llamadas a este país: ${countryName(country)}. ${REMEDY}`,
    'barred-unassigned': ({ country }) => `No hay tal número en ${countryName(country)}. Comprueba sus cifras.`,
    'barred-limit': ({ callsPerHour }) =>
      `No se inician más de ${callsPerHour} llamadas en una hora. Espera un poco, o que administración suba el límite.`,

    'no-time-zone': ({ timeZone }) => `No existe la zona horaria «${timeZone}».`,
    'no-weekday': ({ weekday }) => `No existe el día ${weekday}: 1 es lunes, 7 es domingo.`,
    'bad-times': ({ exception, weekday, span }) =>
      `${of(exception)}${on(weekday, span)}: las horas van de 00:00 a 24:00.`,
    'no-time-at-all': ({ exception, weekday, span }) =>
      `${of(exception)}${on(weekday, span)} no dura nada; el día entero es 00:00–24:00.`,
    overlap: ({ exception, weekday, span, otherWeekday, otherSpan }) =>
      `${of(exception)}${on(weekday, span)} y ${on(otherWeekday, otherSpan)} se solapan.`,
    'too-many-exceptions': ({ most }) => `Puede haber como máximo ${most} excepciones.`,
    'no-day': ({ exception, day }) => `${of(exception)}No existe el día ${day}.`,
    'ends-early': ({ exception }) => `${of(exception)}No puede acabar antes de empezar.`,
    'year-too-long': ({ exception }) => `${of(exception)}Lo que vuelve cada año tiene que durar menos de un año.`,
    'same-day': ({ one, other }) => `«${one}» y «${other}» son para el mismo día.`,
  },
  bySentence: {
    'This is not an address such as https://crm.example.com/calls.':
      'No es una dirección como https://crm.example.com/calls.',
    'Only https addresses are told of calls.': 'Solo se avisa de llamadas a direcciones https.',
    'An address carries no name and password: enter the token in its own field.':
      'Una dirección no lleva nombre ni contraseña: escribe el token en su campo.',
    'This address is a private one. The operator allows those with WEBHOOK_ALLOW_PRIVATE=true.':
      'Es una dirección privada. Quien opera el servidor las permite con WEBHOOK_ALLOW_PRIVATE=true.',
    'This is no telephone number.': 'No es un número de teléfono.',
    'This is not your password.': 'Esta no es tu contraseña.',
    'This is another number.': 'Es otro número.',
    'This time has passed.': 'Ese momento ya ha pasado.',
    'This code is wrong, or was used already.': 'Este código es incorrecto o ya se usó.',
    'Enter your password, or a code.': 'Escribe tu contraseña o un código.',
    'This is one of the first passwords that are guessed. Choose another one: four random words are good.':
      'Es una de las primeras contraseñas que se prueban. Elige otra: cuatro palabras al azar van bien.',
    'This repeats the same few characters. Choose another one: four random words are good.':
      'Repite unos pocos caracteres. Elige otra: cuatro palabras al azar van bien.',
    'These are characters in a row. Choose another one: four random words are good.':
      'Son caracteres seguidos. Elige otra: cuatro palabras al azar van bien.',
    'This is little more than your name, your e-mail or your company. Choose another one.':
      'Es poco más que tu nombre, tu correo o tu empresa. Elige otra.',
    'Whoever takes no calls has no queues. Leave this empty.':
      'Quien no atiende llamadas no tiene colas. Déjalo vacío.',
    'There is no such agent.': 'Ese agente no existe.',
    'There is no such country.': 'Ese país no existe.',
    'There is no such queue.': 'Esa cola no existe.',
    'There is no such recording.': 'Esa grabación no existe.',
    'There are no such business hours.': 'Ese horario no existe.',
    'There is no field of this name.': 'No hay ningún campo con ese nombre.',
    'There is no name.': 'Falta el nombre.',
    'A queue cannot lead to itself.': 'Una cola no puede llevar a sí misma.',
    'A contact cannot be merged into itself.': 'Un contacto no se puede unir consigo mismo.',
    'There is no address yet that the token could be sent to.': 'Aún no hay dirección a la que enviar el token.',
    'This request has no telephone number to call back.': 'Esta solicitud no tiene un número al que llamar.',
    'This has to be a time since 1970, and not one that is yet to come.':
      'Tiene que ser un momento desde 1970 que no esté por venir.',
    'Give customerPhone or contactId.': 'Indica un número o un contacto.',
    'Give queue, agent or number.': 'Indica una cola, un agente o un número.',
    'Give agent or queue.': 'Indica un agente o una cola.',
    'Give at least one word.': 'Escribe al menos una palabra.',
    'Say what can be chosen.': 'Indica qué se puede elegir.',
    'Only a field of type choice has choices.': 'Solo un campo de tipo lista tiene opciones.',
    'Small letters, digits and hyphens.': 'Minúsculas, cifras y guiones.',
    'Has to be small letters, digits and _, such as account_tier.':
      'Tiene que ser minúsculas, cifras y _, como account_tier.',
    'One key of a telephone.': 'Una tecla del teléfono.',
    'One key: a digit, * or #.': 'Una tecla: una cifra, * o #.',
    'Keys of a telephone.': 'Teclas del teléfono.',
    'Two capital letters, such as US.': 'Dos mayúsculas, como US.',
    'A language such as en-US.': 'Un idioma, como es-MX.',
    'Name languages like `en` or `es-MX`.': 'Escribe los idiomas así: `en` o `es-MX`.',
    'Name regions like `DE` or `US-CA`.': 'Escribe las regiones así: `DE` o `US-CA`.',
    'Name countries like `DE`: ISO 3166-1, two capital letters.':
      'Escribe los países así: `DE` (ISO 3166-1, dos mayúsculas).',
    'Twenty languages at most.': 'Veinte idiomas como máximo.',
    'At most 500 nodes.': 'Como máximo 500 pasos.',
    'A token has at most 1000 characters of ASCII, none of them a space.':
      'Un token tiene como máximo 1000 caracteres ASCII, sin espacios.',
    'A token has 1 to 1000 characters of ASCII, none of them a space.':
      'Un token tiene de 1 a 1000 caracteres ASCII, sin espacios.',
    'Has to be a number.': 'Tiene que ser un número.',
    'Has to be true or false.': 'Tiene que ser sí o no.',
    'Has to be a day, such as 2026-03-31.': 'Tiene que ser un día, como 2026-03-31.',
  },
}
