/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_ANSWER_H
#define THRONG_TUI_ANSWER_H

struct input;
struct pace;
struct tty;

/* Before the terminal becomes another's: an answer that is still under way would be typed into its
 * prompt. Waits for it, a moment at most; keys pressed meanwhile are lost. */
void answer_await(struct tty *tty, struct input *input, struct pace *pace);

#endif
