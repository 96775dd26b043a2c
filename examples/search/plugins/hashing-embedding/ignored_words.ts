/** English words that are in every text, whatever its topic. */
export const ENGLISH_IGNORED_WORDS: readonly string[] =
  `a about all also am an and any are as at be been being but by can could did
  do does doing each few for from had has have having he her here hers him his
  how i if in into is it it's its itself just me more most my no nor not of on
  once only or other our out over own same she should so some such than that
  the their them then there these they this those through to too under until
  up us very was we were what when where which while who whom whose why will with
  would you your`.split(/\s+/);
