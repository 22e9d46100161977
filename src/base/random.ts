// Randomness as keyed streams: one stream per concern and identity, derived from the seed text, so
// that one more draw in one place changes no other. Engine: alea, seeded by seedrandom.

import alea from 'seedrandom/lib/alea.js';
import { assert } from './assert.js';
import { floorInteger } from './integer.js';

/** Changing how seeds become streams changes what every seed means: raise this number then. */
export const STREAM_FORMAT = 1;

/** Seed texts: a decimal number, or a git commit. The text is used whole, never converted. */
export const SEED_PATTERN = /^(?:[0-9]{1,20}|[0-9a-f]{40})$/;

/** A stream of random choices. All methods are O(1) but {@link shuffle}. */
export interface Random {
  /** A uniform int32. One draw. */
  int32(): number;
  /** A uniform integer in [0, bound). One draw. */
  below(bound: number): number;
  /** True with probability `ppm` in a million. One draw, also for 0 and 1,000,000. */
  chance(ppm: number): boolean;
  /** A uniform element of a non-empty list. One draw. */
  pick<T>(items: readonly T[]): T;
  /** A new list in random order. One draw an element. */
  shuffle<T>(items: readonly T[]): T[];
  /** Exponentially distributed integer with the given mean, at most 8 times the mean. One draw. */
  exponential(mean: number): number;
  /** How many draws were made so far. */
  readonly drawCount: number;
}

/** A stream that its owner can move to another seed. */
export interface RandomStream extends Random {
  /** From now on it gives what the stream `label` of `seed` gives from its beginning. Draws are counted on. */
  restart(seed: string, label: string): void;
}

/** Opens the stream `label` (for example `net/n1>n2`) of a seed. Costs about 3 µs. */
export function randomStream(seed: string, label: string): RandomStream {
  return new AleaStream(streamKey(seed, label));
}

function streamKey(seed: string, label: string): string {
  assert(typeof seed === 'string' && seed.length > 0, 'a seed is a non-empty text', { seed });
  return `${STREAM_FORMAT}:${seed}:${label}`;
}

const TWO_POW_32 = 4294967296;

class AleaStream implements RandomStream {
  drawCount = 0;
  // Alea's state. Stepped here, in fields of this class, because the package steps it in a closure of
  // every stream's own, which no call site can inline.
  private s0 = 0;
  private s1 = 0;
  private s2 = 0;
  private carry = 0;

  constructor(key: string) {
    this.begin(key);
  }

  restart(seed: string, label: string): void {
    this.begin(streamKey(seed, label));
  }

  private begin(key: string): void {
    const { drawCount } = this;
    const { s0, s1, s2, c } = alea(key, { state: true }).state();
    this.s0 = s0;
    this.s1 = s1;
    this.s2 = s2;
    this.carry = c;
    // The first outputs of neighbouring keys are slightly lumpy.
    for (let i = 0; i < 8; i++) this.int32();
    this.drawCount = drawCount;
  }

  int32(): number {
    this.drawCount++;
    const t = 2091639 * this.s0 + this.carry * 2.3283064365386963e-10;
    const carry = t | 0;
    this.s0 = this.s1;
    this.s1 = this.s2;
    this.s2 = t - carry;
    this.carry = carry;
    return (this.s2 * TWO_POW_32) | 0;
  }

  below(bound: number): number {
    return floorInteger(((this.int32() >>> 0) / TWO_POW_32) * bound);
  }

  chance(ppm: number): boolean {
    return this.below(1_000_000) < ppm;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'pick needs an element');
    return items[this.below(items.length)]!;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i >= 0; i--) {
      const j = this.below(i + 1);
      const held = out[i]!;
      out[i] = out[j]!;
      out[j] = held;
    }
    return out;
  }

  exponential(mean: number): number {
    return exponentialQuantile(this.int32() >>> 22, mean);
  }
}

/** The exponentially distributed integer that 10 random bits (0..1023) stand for. */
export function exponentialQuantile(bits: number, mean: number): number {
  return floorInteger((EXPONENTIAL_MILLI[bits]! * mean) / 1000);
}

// Quantiles of the exponential distribution with mean 1000, at (i + 0.5) / 1024, rounded. A table,
// because Math.log differs between platforms and versions of V8.
// biome-ignore format: a table
const EXPONENTIAL_MILLI: readonly number[] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
  32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
  49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64,
  65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 76, 77, 78, 79, 80, 81,
  82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 93, 94, 95, 96, 97, 98,
  99, 100, 101, 102, 103, 104, 105, 107, 108, 109, 110, 111, 112, 113, 114, 115,
  116, 117, 119, 120, 121, 122, 123, 124, 125, 126, 127, 129, 130, 131, 132, 133,
  134, 135, 136, 137, 139, 140, 141, 142, 143, 144, 145, 146, 148, 149, 150, 151,
  152, 153, 154, 156, 157, 158, 159, 160, 161, 162, 164, 165, 166, 167, 168, 169,
  170, 172, 173, 174, 175, 176, 177, 179, 180, 181, 182, 183, 184, 186, 187, 188,
  189, 190, 192, 193, 194, 195, 196, 197, 199, 200, 201, 202, 203, 205, 206, 207,
  208, 209, 211, 212, 213, 214, 215, 217, 218, 219, 220, 222, 223, 224, 225, 226,
  228, 229, 230, 231, 233, 234, 235, 236, 238, 239, 240, 241, 242, 244, 245, 246,
  247, 249, 250, 251, 253, 254, 255, 256, 258, 259, 260, 261, 263, 264, 265, 266,
  268, 269, 270, 272, 273, 274, 275, 277, 278, 279, 281, 282, 283, 284, 286, 287,
  288, 290, 291, 292, 294, 295, 296, 297, 299, 300, 301, 303, 304, 305, 307, 308,
  309, 311, 312, 313, 315, 316, 317, 319, 320, 321, 323, 324, 325, 327, 328, 330,
  331, 332, 334, 335, 336, 338, 339, 340, 342, 343, 345, 346, 347, 349, 350, 352,
  353, 354, 356, 357, 358, 360, 361, 363, 364, 366, 367, 368, 370, 371, 373, 374,
  375, 377, 378, 380, 381, 383, 384, 385, 387, 388, 390, 391, 393, 394, 396, 397,
  398, 400, 401, 403, 404, 406, 407, 409, 410, 412, 413, 415, 416, 418, 419, 420,
  422, 423, 425, 426, 428, 429, 431, 432, 434, 435, 437, 438, 440, 442, 443, 445,
  446, 448, 449, 451, 452, 454, 455, 457, 458, 460, 461, 463, 465, 466, 468, 469,
  471, 472, 474, 475, 477, 479, 480, 482, 483, 485, 487, 488, 490, 491, 493, 495,
  496, 498, 499, 501, 503, 504, 506, 507, 509, 511, 512, 514, 516, 517, 519, 520,
  522, 524, 525, 527, 529, 530, 532, 534, 535, 537, 539, 540, 542, 544, 545, 547,
  549, 551, 552, 554, 556, 557, 559, 561, 562, 564, 566, 568, 569, 571, 573, 574,
  576, 578, 580, 581, 583, 585, 587, 588, 590, 592, 594, 596, 597, 599, 601, 603,
  604, 606, 608, 610, 612, 613, 615, 617, 619, 621, 622, 624, 626, 628, 630, 632,
  633, 635, 637, 639, 641, 643, 645, 646, 648, 650, 652, 654, 656, 658, 660, 661,
  663, 665, 667, 669, 671, 673, 675, 677, 679, 681, 682, 684, 686, 688, 690, 692,
  694, 696, 698, 700, 702, 704, 706, 708, 710, 712, 714, 716, 718, 720, 722, 724,
  726, 728, 730, 732, 734, 736, 738, 740, 742, 744, 746, 748, 750, 752, 755, 757,
  759, 761, 763, 765, 767, 769, 771, 773, 776, 778, 780, 782, 784, 786, 788, 791,
  793, 795, 797, 799, 801, 804, 806, 808, 810, 812, 814, 817, 819, 821, 823, 826,
  828, 830, 832, 835, 837, 839, 841, 844, 846, 848, 850, 853, 855, 857, 860, 862,
  864, 867, 869, 871, 874, 876, 878, 881, 883, 885, 888, 890, 892, 895, 897, 900,
  902, 904, 907, 909, 912, 914, 917, 919, 921, 924, 926, 929, 931, 934, 936, 939,
  941, 944, 946, 949, 951, 954, 956, 959, 961, 964, 967, 969, 972, 974, 977, 980,
  982, 985, 987, 990, 993, 995, 998, 1001, 1003, 1006, 1009, 1011, 1014, 1017, 1019, 1022,
  1025, 1027, 1030, 1033, 1036, 1038, 1041, 1044, 1047, 1050, 1052, 1055, 1058, 1061, 1064, 1066,
  1069, 1072, 1075, 1078, 1081, 1084, 1086, 1089, 1092, 1095, 1098, 1101, 1104, 1107, 1110, 1113,
  1116, 1119, 1122, 1125, 1128, 1131, 1134, 1137, 1140, 1143, 1146, 1149, 1152, 1155, 1158, 1162,
  1165, 1168, 1171, 1174, 1177, 1180, 1184, 1187, 1190, 1193, 1197, 1200, 1203, 1206, 1210, 1213,
  1216, 1219, 1223, 1226, 1229, 1233, 1236, 1239, 1243, 1246, 1250, 1253, 1256, 1260, 1263, 1267,
  1270, 1274, 1277, 1281, 1284, 1288, 1291, 1295, 1298, 1302, 1306, 1309, 1313, 1317, 1320, 1324,
  1328, 1331, 1335, 1339, 1342, 1346, 1350, 1354, 1357, 1361, 1365, 1369, 1373, 1377, 1380, 1384,
  1388, 1392, 1396, 1400, 1404, 1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1440, 1445, 1449,
  1453, 1457, 1461, 1466, 1470, 1474, 1478, 1483, 1487, 1491, 1496, 1500, 1504, 1509, 1513, 1518,
  1522, 1527, 1531, 1536, 1540, 1545, 1549, 1554, 1559, 1563, 1568, 1573, 1577, 1582, 1587, 1592,
  1596, 1601, 1606, 1611, 1616, 1621, 1626, 1631, 1636, 1641, 1646, 1651, 1656, 1661, 1666, 1671,
  1677, 1682, 1687, 1692, 1698, 1703, 1708, 1714, 1719, 1725, 1730, 1736, 1741, 1747, 1753, 1758,
  1764, 1770, 1775, 1781, 1787, 1793, 1799, 1805, 1810, 1816, 1823, 1829, 1835, 1841, 1847, 1853,
  1859, 1866, 1872, 1878, 1885, 1891, 1898, 1904, 1911, 1918, 1924, 1931, 1938, 1944, 1951, 1958,
  1965, 1972, 1979, 1986, 1993, 2001, 2008, 2015, 2023, 2030, 2037, 2045, 2052, 2060, 2068, 2076,
  2083, 2091, 2099, 2107, 2115, 2123, 2132, 2140, 2148, 2157, 2165, 2174, 2182, 2191, 2200, 2209,
  2217, 2226, 2236, 2245, 2254, 2263, 2273, 2282, 2292, 2302, 2311, 2321, 2331, 2341, 2352, 2362,
  2372, 2383, 2394, 2404, 2415, 2426, 2437, 2448, 2460, 2471, 2483, 2495, 2507, 2519, 2531, 2543,
  2556, 2568, 2581, 2594, 2607, 2621, 2634, 2648, 2662, 2676, 2690, 2705, 2719, 2734, 2749, 2765,
  2780, 2796, 2812, 2829, 2845, 2862, 2880, 2897, 2915, 2933, 2952, 2971, 2990, 3009, 3029, 3050,
  3071, 3092, 3114, 3136, 3159, 3182, 3206, 3230, 3255, 3281, 3307, 3334, 3362, 3391, 3420, 3450,
  3481, 3514, 3547, 3582, 3617, 3654, 3693, 3733, 3774, 3818, 3863, 3911, 3961, 4014, 4069, 4128,
  4191, 4257, 4329, 4406, 4489, 4580, 4680, 4791, 4917, 5060, 5227, 5427, 5679, 6015, 6526, 7625,
];
