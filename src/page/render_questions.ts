/** The questions of the host that wait for a person's answer. */

import { attribute, type Html, html, lines, NOTHING } from "./html.ts";
import type { QuestionDesk, WaitingQuestion } from "./question_desk.ts";
import { type PageQuery, writeQuery } from "./page_query.ts";
import { hidden, plural, renderTime } from "./render_parts.ts";

/** The answers of a form, and their meaning. No is first: it is what silence means. */
export const ANSWERS = {
  no: { name: "No", answer: { allow: false } },
  run: {
    name: "Yes, until the host ends",
    answer: { allow: true, remember: "run" },
  },
  always: {
    name: "Yes, for good",
    answer: { allow: true, remember: "always" },
  },
} as const;

export type AnswerName = keyof typeof ANSWERS;

export function isAnswer(text: string): text is AnswerName {
  return Object.hasOwn(ANSWERS, text);
}

/** More of them nobody reads at the same time; an answered one makes room. */
const MAX_SHOWN = 20;

function seconds(time: number): string {
  return `${Math.max(0, Math.ceil(time / 1_000))} s`;
}

function renderQuestion(
  { age, id, left, question, since }: WaitingQuestion,
  query: PageQuery,
  csrf: string | undefined,
): Html {
  const { kind, plugin, text } = question;
  const title = kind === "consent"
    ? html`May plugin ${plugin.id} run?`
    : html`May plugin ${plugin.id} have a permission?`;
  return html`<li class="card" id="q-${id}"><h3>${title}</h3><pre tabindex="0"
    role="group" aria-label="The question">${
    lines(text)
  }</pre><p class="soft">Asked at ${renderTime(since)}, <span data-age="${
    Math.round(age)
  }">${seconds(age)}</span> ago. <span data-left="${Math.round(left)}">${
    seconds(left)
  }</span> are left. No answer is a no.</p>${
    csrf === undefined ? NOTHING : html`
      <form class="bar" method="post"
        action="${writeQuery(query)}">${hidden({
          do: "answer",
          question: id,
          csrf,
        })}${Object.entries(ANSWERS).map(([value, { name }]) =>
          html`
            <button name="answer"
              value="${value}">${name}<span class="vh"> to ${plugin
                .id}</span></button>
          `
        )}</form>
    `
  }</li>`;
}

/** Renders the waiting questions, with buttons for who may answer. */
export function renderQuestions(
  desk: QuestionDesk | undefined,
  query: PageQuery,
  csrf: string | undefined,
): Html {
  if (desk === undefined) return NOTHING;
  const { version, waiting } = desk;
  const rest = waiting.length - MAX_SHOWN;
  return html`
    <section class="asked" data-live="questions" data-version="${version}"
      aria-labelledby="asked"><h2 id="asked"${attribute(
        'class="vh"',
        waiting.length === 0,
      )}>${waiting.length === 0
        ? "No question waits"
        : `${plural(waiting.length, "question")} ${
          waiting.length === 1 ? "waits" : "wait"
        } for an answer`}</h2>${waiting.length === 0
        ? NOTHING
        : html`<ol>${
          waiting.slice(0, MAX_SHOWN).map((one) =>
            renderQuestion(one, query, csrf)
          )
        }</ol>${
          rest > 0
            ? html`<p class="soft">${rest} more follow these.</p>`
            : NOTHING
        }`}</section>
  `;
}
