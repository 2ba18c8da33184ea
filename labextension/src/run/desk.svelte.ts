import type { Answer, Question } from "../messages";
import { t } from "../words";

interface Notice {
  lock: string;
  text: string;
}

/** Watches questions come and go, and tells who answered those that were not answered here. */
export class QuestionDesk {
  /** What those read who had begun to answer when somebody else did. */
  notices = $state.raw<Notice[]>([]);
  /** Questions whose form was filled in, in part at least. */
  readonly touched = new Set<string>();
  #mine = new Set<string>();
  #open = new Map<string, Question>();

  constructor(private readonly say: (text: string) => void) {}

  follow(questions: Question[], answers: Answer[]): void {
    const open = new Map(questions.map((question) => [question.lock, question]));
    for (const [lock, question] of open)
      if (!this.#open.has(lock)) this.say(t("question: {title}", { title: question.title }));
    for (const [lock, question] of this.#open)
      if (!open.has(lock))
        this.#gone(
          question,
          answers.find((answer) => answer.lock === lock),
        );
    this.#open = open;
  }

  /** Notes that an answer is on its way: the question may go before the reply comes. */
  answering(lock: string): void {
    this.#mine.add(lock);
  }

  /** Notes that an answer was not taken; its form may be gone by now. */
  refused(lock: string, error: unknown): void {
    this.#mine.delete(lock);
    if (!this.#open.has(lock)) this.#note(lock, error instanceof Error ? error.message : String(error));
  }

  dismiss(lock: string): void {
    this.notices = this.notices.filter((notice) => notice.lock !== lock);
  }

  #gone(question: Question, answer: Answer | undefined): void {
    const text = ending(question, answer);
    this.say(text);
    if (this.touched.delete(question.lock) && !this.#mine.has(question.lock))
      this.#note(question.lock, `${text}. ${t("What was typed here was not sent.")}`);
  }

  #note(lock: string, text: string): void {
    this.notices = [...this.notices.filter((other) => other.lock !== lock), { lock, text }];
  }
}

function ending({ title }: Question, answer: Answer | undefined): string {
  if (!answer) return t("“{title}” is closed", { title });
  const { by, value } = answer;
  if (answer.how === "expired") return t("“{title}” was not answered in time", { title });
  if (answer.how === "default")
    return t("“{title}” was not answered in time; its default was taken: {value}", { title, value });
  return t("“{title}” was answered by {by}: {value}", { title, by, value });
}
