// Nothing goes wrong but the weather: five members, five clients, an ordinary network.

import { scenario, seconds } from 'simquake';

export const calm = scenario('calm', {
  about: 'Nothing fails; clients read and write over an ordinary network.',
  duration: seconds(20),
});
