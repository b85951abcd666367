/* SPDX-License-Identifier: MIT */
/* The only file that knows both sides: options → runs with a console or without → exit status. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cmd_target.h"
#include "cli/commands.h"
#include "cli/headless.h"
#include "cli/options.h"
#include "cli/preview.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/sink.h"
#include "message/command.h"
#include "message/frame.h"
#include "record/report.h"
#include "scenario/scenario.h"
#include "target/target.h"
#include "tui/console.h"

#define EXIT_USAGE       2
#define EXIT_NOT_DONE    3
#define EXIT_INVALID     4
#define EXIT_INTERRUPTED 130

struct program {
	const struct options *options;
	struct scenario **scenarios;
	size_t count;
	struct report *report; /* of all scenarios; NULL: each has its own, or none is wanted */
	int signal_fd;
	struct sink *sink;
	bool console; /* false: headless, or the terminal is gone */
	bool quiet;   /* the terminal is gone */
	bool interrupted;
	int status;
	struct console_settings settings; /* kept over the scenarios of one command */
	char kept_theme[sizeof(((struct console_settings *)0)->theme)]; /* the file's */
	bool settings_changed;
};

/* The worst of several runs: not done, then invalid, then failed. */
static int worse_status(int a, int b)
{
	static const int order[] = { EXIT_NOT_DONE, EXIT_INVALID, 1 };
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return 0;
}

/* Every thread is born with these blocked; the main thread reads them from a descriptor. */
static int open_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigaction(SIGPIPE, &ignore, NULL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -errno;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void crashed(int signo)
{
	console_emergency_restore();
	raise(signo); /* the default action again: SA_RESETHAND */
}

/* A crash must not leave a raw terminal behind. */
static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction action = { .sa_handler = crashed, .sa_flags = (int)SA_RESETHAND };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* What the console sees: the run, and beside the plan what is probed before it. */
struct source {
	struct session *session;
	struct preview *preview; /* NULL: none */
};

static struct frame *source_next(void *arg)
{
	struct source *source = arg;
	struct frame *frame = session_newest(source->session);

	if (frame != NULL)
		preview_put(source->preview, frame);
	return frame;
}

static int source_wake_fd(void *arg)
{
	return session_wake_fd(((struct source *)arg)->session);
}

static bool source_arm(void *arg)
{
	return session_arm(((struct source *)arg)->session);
}

static void source_disarm(void *arg)
{
	session_disarm(((struct source *)arg)->session);
}

static bool source_send(void *arg, const struct command *command)
{
	struct source *source = arg;

	if (command->type == COMMAND_START || command->type == COMMAND_STOP ||
	    command->type == COMMAND_STOP_NOW)
		preview_stop(source->preview);
	return session_send(source->session, command);
}

static void run_console(struct program *program, struct session *session, struct preview *preview)
{
	struct source source = { session, preview };
	struct console_config config = {
		.source = { .arg = &source,
			    .next = source_next,
			    .wake_fd = source_wake_fd,
			    .arm = source_arm,
			    .disarm = source_disarm,
			    .send = source_send },
		.signal_fd = program->signal_fd,
		.ascii = program->options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.no_color = program->options->no_color || getenv("NO_COLOR") != NULL,
		.max_hz = program->options->frame_hz,
		.settings = &program->settings
	};
	struct command stop = { .type = COMMAND_STOP, .class_id = COMMAND_ALL, .value = 1 };

	enum console_end end = console_run(&config);

	program->settings_changed |= config.settings_changed;
	switch (end) {
	case CONSOLE_DONE:
		break;
	case CONSOLE_HANGUP:
		program->console = false;
		program->quiet = true;
		break;
	case CONSOLE_QUIT:
	case CONSOLE_INTERRUPT:
		program->interrupted = true;
		session_send(session, &stop);
		break;
	}
}

static unsigned table_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 160; /* Locust: a name column of 80 when there is no terminal */
}

static int run_one(struct program *program, size_t i)
{
	const struct options *options = program->options;
	struct session_config config = { .scenario = program->scenarios[i],
					 .options = options,
					 .index = (unsigned)i,
					 .count = (unsigned)program->count,
					 .next_scenario = i + 1 < program->count
								  ? program->scenarios[i + 1]->name
								  : "",
					 .wait_for_start = program->console && !options->autostart,
					 .console_table = !program->console && !program->quiet,
					 .table_width = table_width(),
					 .report = program->report };
	struct session *session;
	struct preview *preview = NULL;
	struct error err = { 0 };
	int status;

	if (session_new(&session, &config, &err) != 0) {
		log_write(LOG_LEVEL_ERROR, "%s", err.text);
		return EXIT_NOT_DONE;
	}
	if (config.wait_for_start && !options->no_check &&
	    preview_start(&preview, program->scenarios[i], session_transport(options), &err) != 0)
		log_write(LOG_LEVEL_WARNING, "%s", err.text);
	if (program->console)
		run_console(program, session, preview);
	if (!session_over(session)) {
		struct headless_config headless = { .session = session,
						    .signal_fd = program->signal_fd,
						    .sink = program->quiet ? NULL : program->sink,
						    .interrupted = program->interrupted };

		if (headless_run(&headless))
			program->interrupted = true;
	}
	status = session_exit_status(session);
	if (!program->quiet) {
		const char *summary = session_summary(session);

		sink_finish(program->sink, 5 * CLOCK_NS_PER_SEC);
		fputs(summary, stdout);
		fflush(stdout);
	}
	preview_free(preview);
	session_free(session);
	return status;
}

static int preflight(const struct program *program)
{
	struct error err = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < program->count; i++) {
		rc = session_preflight(program->scenarios[i], program->options, i == 0, &err);
		if (rc != 0) {
			fprintf(stderr, "throng: %s\n", err.text);
			return rc == -EMFILE || rc == -EADDRNOTAVAIL ? EXIT_NOT_DONE : EXIT_USAGE;
		}
	}
	return 0;
}

static int set_log(const struct options *options)
{
	static const char *const names[] = { "debug", "info", "warning", "error" };
	enum log_level level = LOG_LEVEL_INFO;
	int fd = STDERR_FILENO;
	int i;

	for (i = 0; options->log_level != NULL && i < 4; i++)
		if (strcmp(options->log_level, names[i]) == 0)
			level = (enum log_level)i;
	if (options->log_file != NULL) {
		fd = open(options->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (fd < 0) {
			fprintf(stderr, "throng: --logfile %s: %s\n", options->log_file,
				strerror(errno));
			return EXIT_USAGE;
		}
	}
	log_setup(fd, level);
	return 0;
}

static int run_all(struct program *program)
{
	size_t i;

	for (i = 0; i < program->count && !program->interrupted; i++)
		program->status = worse_status(program->status, run_one(program, i));
	if (program->interrupted)
		return EXIT_INTERRUPTED;
	if (program->status == 1 && program->options->exit_code_on_error >= 0)
		return (int)program->options->exit_code_on_error;
	return program->status;
}

static void load_settings(struct program *program)
{
	char *path = settings_path();
	struct error err = { 0 };

	if (path != NULL && settings_load(path, &program->settings, &err) != 0)
		fprintf(stderr, "throng: %s\n", err.text);
	memcpy(program->kept_theme, program->settings.theme, sizeof(program->kept_theme));
	if (program->options->theme != NULL)
		snprintf(program->settings.theme, sizeof(program->settings.theme), "%s",
			 program->options->theme);
	free(path);
}

static void save_settings(const struct program *program)
{
	struct console_settings settings = program->settings;
	const char *theme = program->options->theme;
	char *path = settings_path();
	int rc;

	/* an option holds for this command; what was chosen with a key is kept */
	if (theme != NULL && strcmp(settings.theme, theme) == 0)
		memcpy(settings.theme, program->kept_theme, sizeof(settings.theme));
	rc = path != NULL ? settings_save(path, &settings) : 0;
	if (rc != 0)
		fprintf(stderr, "throng: %s: %s\n", path, strerror(-rc));
	free(path);
}

/* {scenario} in its name makes a report one scenario's own; the options see to it that both say the same. */
static bool wants_shared_report(const struct options *options)
{
	const char *name = options->report_file != NULL ? options->report_file : options->html_file;

	return name != NULL && strstr(name, "{scenario}") == NULL;
}

/* Decide once whether there is a console; a run without a usable terminal goes on headless and says so. */
static void choose_front_end(struct program *program)
{
	char why[256];

	if (program->options->headless)
		return;
	program->console = console_possible(why, sizeof(why));
	if (!program->console)
		fprintf(stderr, "throng: %s: running headless\n", why);
}

static int cmd_run(const struct options *options, const char *const *files, size_t count,
		   const char *target)
{
	struct program program = { .options = options, .count = count };
	size_t i;
	int status = EXIT_USAGE;

	program.scenarios = load_scenarios(files, count, options, target);
	if (program.scenarios == NULL)
		return EXIT_USAGE;
	status = set_log(options);
	if (status == 0)
		status = preflight(&program);
	if (status == 0) {
		choose_front_end(&program);
		if (program.console)
			load_settings(&program);
		program.signal_fd = open_signals();
		program.sink = sink_new(STDERR_FILENO);
		catch_crashes();
		if (wants_shared_report(options))
			program.report = report_new();
		status = run_all(&program);
		report_free(program.report);
		if (program.settings_changed)
			save_settings(&program);
		sink_free(program.sink);
		close(program.signal_fd);
	}
	for (i = 0; i < count; i++)
		scenario_free(program.scenarios[i]);
	free(program.scenarios);
	return status;
}

static int cmd_demo(const struct options *options)
{
	struct error err = { 0 };
	struct target *target = NULL;
	char *found = NULL;
	const char *files[1];
	int status = EXIT_USAGE;

	if (options->file_count == 0) {
		found = demo_scenario(&err);
		if (found == NULL)
			goto out;
		files[0] = found;
	}
	/* The backend's thread must be born with the signals blocked too. */
	close(open_signals());
	if (demo_start(options, &target, &err) != 0)
		goto out;
	status = cmd_run(options, found != NULL ? files : options->files,
			 found != NULL ? 1 : options->file_count, target_url(target));
	target_stop(target);
	target_join(target);
	target_free(target);
out:
	if (err.text[0] != '\0')
		fprintf(stderr, "throng: %s\n", err.text);
	free(found);
	return status;
}

static int dispatch(const struct options *options, int argc, char **argv)
{
	enum subcommand about = SUBCOMMAND_HELP;
	int i;

	switch (options->subcommand) {
	case SUBCOMMAND_RUN:
		return cmd_run(options, options->files, options->file_count, NULL);
	case SUBCOMMAND_CHECK:
		return cmd_check(options);
	case SUBCOMMAND_DEMO:
		return cmd_demo(options);
	case SUBCOMMAND_TARGET:
		return cmd_target(argc - 1, argv + 1);
	case SUBCOMMAND_VERSION:
		options_version(stdout);
		printf("ncurses %s\n", console_version());
		return 0;
	case SUBCOMMAND_REPORT:
		return cmd_report(options);
	case SUBCOMMAND_SCENARIO:
		return cmd_scenario(options);
	case SUBCOMMAND_HELP:
	case SUBCOMMANDS:
		break;
	}
	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-' && strcmp(argv[i], "help") != 0)
			subcommand_find(argv[i], &about);
	if (about == SUBCOMMAND_TARGET)
		cmd_target_help(stdout);
	else
		options_usage_of(about, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	int status;

	setlocale(LC_CTYPE, "");
	if (options_parse(argc, argv, &options, &err) != 0) {
		fprintf(stderr, "throng: %s\n", err.text);
		return EXIT_USAGE;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	status = dispatch(&options, argc, argv);
	curl_global_cleanup();
	if (fflush(stdout) != 0 && status == 0)
		status = EXIT_NOT_DONE;
	return status;
}
