// What scenario files of the tests import in place of the built package.

export { scenario } from '../../src/scenario/scenario.js';
export { crash, repeatedly } from '../../src/scenario/shapes.js';
export { seconds } from '../../src/scenario/units.js';
