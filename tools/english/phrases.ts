/** A pattern of stilted English, and what to write instead. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Words that a docstring must not begin with. */
export const OPENERS: readonly Phrase[] = [
  { pattern: /^(?:What|Which)\b/i, instead: 'the name of the thing ("The …")' },
  { pattern: /^(?:Who|Whose|Whom)\b/i, instead: "the name of the thing" },
  {
    pattern: /^Whether\b/i,
    instead: '"Returns whether …", "Checks whether …" or "`true` if …"',
  },
  { pattern: /^Where\b/i, instead: '"The place …", "The path …"' },
  { pattern: /^(?:How|Why)\b/i, instead: "a verb, or the name of the thing" },
  { pattern: /^Says\b/i, instead: '"Returns …", "Describes …"' },
];

/** Phrases that a native engineer stumbles over. */
export const PHRASES: readonly Phrase[] = [
  { pattern: /\banswers\b/gi, instead: '"returns"' },
  { pattern: /\bis\s+none\b/gi, instead: '"is invalid", "is not a …"' },
  { pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: '"fix"' },
  { pattern: /\bbears\b/gi, instead: '"has", "carries"' },
  { pattern: /\btakes?\s+for\b/gi, instead: '"treats as"' },
  { pattern: /\b(?:dispose[sd]?|disposing)\s+of\b/gi, instead: '"disposed"' },
  { pattern: /\bbut\s+for\b/gi, instead: '"except"' },
  {
    pattern:
      /\bwho\s+(?:reads|asks|starts|has|kept|writes|works|calls|looks|wants)\b/gi,
    instead: 'the reader\'s name ("a caller", "contributors")',
  },
  { pattern: /\bhand(?:s|ed)?\s+out\b/gi, instead: '"returns", "gives"' },
  { pattern: /\bholds?\s+(?:it|them)\s+equal\b/gi, instead: '"keeps in step"' },
  {
    pattern: /\bwhere\s+(?:it|that|there|they|nothing|none)\b/gi,
    instead: '"if", "when" or "unless"',
  },
  { pattern: /\bstands\s+in\b/gi, instead: '"is in"' },
  { pattern: /\bbeyond\s+that\b/gi, instead: '"also", "otherwise"' },
  { pattern: /\b(?:is|are)\s+to\s+be\b/gi, instead: '"must be"' },
];
