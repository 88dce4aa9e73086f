import type { diallingEn } from './diallingEn.ts'

export const diallingEs: typeof diallingEn = {
  title: 'Adónde se puede llamar',
  hint: 'Todo lo demás se rechaza: por la API, en flujos y transferencias, al devolver llamadas y en los teléfonos de los agentes. Así nadie que se haga con uno de ellos llama a su costa.',
  home: countries => `Siempre: ${countries}, donde están sus números.`,
  countries: 'Países',
  addCountry: 'Otro país',
  remove: country => `Rechazar las llamadas a ${country}`,
  none: 'Ningún otro país.',
  kinds: 'Números que cuestan más que una llamada normal',
  kindNames: {
    'premium-rate': 'Números de tarificación adicional',
    'shared-cost': 'Números de coste compartido',
    personal: 'Números personales, que llevan a cualquier parte',
    pager: 'Buscapersonas',
    global: 'Satélites y otros números de ningún país',
  },
  callsPerHour: 'Llamadas que se inician en una hora, como máximo',
  callsPerHourHint:
    'Por agentes, por la API y para devolver llamadas prometidas. Pone fin a lo que alguien haya echado a andar.',
  barred: (who, number, why) => `${who} no pasó a ${number}: ${why}`,
  because: {
    country: country => `no se permiten llamadas a ${country}`,
    unassigned: country => `no hay tal número en ${country}`,
    kind: kind => `no permitido (${kind})`,
    limit: calls => `no se inician más de ${calls} llamadas en una hora`,
    unreadable: 'no es un número de teléfono',
  },
}
