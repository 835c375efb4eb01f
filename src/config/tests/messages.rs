//! What people read when a value is wrong: the line, the key, what was seen, what is allowed.

use super::super::load;
use super::{LEAST, environment, load_in, refused, with, with_calcom, with_url};
use std::fs;
use tempfile::TempDir;

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    assert_eq!(
        refused(&with("[safety]\nabsent_treshold = 3\n")),
        "config.toml:10: unknown key `safety.absent_treshold`\n  \
         did you mean `absent_threshold`?"
    );
    assert_eq!(
        refused(&with("[notify.emial]\n")),
        "config.toml:9: unknown key `notify.emial`\n  did you mean `email`?"
    );
    assert_eq!(
        refused(&with("[policy.fields]\nduraton = \"ignore\"\n")),
        "config.toml:10: unknown key `policy.fields.duraton`\n  did you mean `duration`?"
    );
    assert_eq!(
        refused(&LEAST.replace("team_id", "team-id")).lines().last(),
        Some("  did you mean `team_id`?")
    );
}

#[test]
fn an_unknown_key_that_resembles_nothing_gets_the_list() {
    assert_eq!(
        refused(&with("[ledger]\nzzz = 1\n")),
        "config.toml:10: unknown key `ledger.zzz`\n  known [ledger]: path"
    );
    assert_eq!(
        refused(&with("[policy.fields]\nis_active = \"source\"\n")),
        "config.toml:10: unknown key `policy.fields.is_active`\n  \
         fields that Cal.com could own: name, duration, slug"
    );
}

#[test]
fn a_key_under_the_wrong_header_is_told_where_it_belongs() {
    assert_eq!(
        refused(&with("[ledger]\nabsent_threshold = 4\n")),
        "config.toml:10: unknown key `ledger.absent_threshold`\n  known [ledger]: path\n  \
         `absent_threshold` is a key of [safety]: is it under the right header?"
    );
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_lines() {
    let text = "[policy]\nimport = \"atuo\"\n[safety]\nabsent_threshold = 2\nmax_imports = \"10\"\n\
                nonsense = 1\n[calcom]\ntimeout = 30\n";
    assert_eq!(
        refused(text),
        "config.toml:2: `policy.import` cannot be \"atuo\"\n  \
         did you mean \"auto\"? allowed: \"auto\", \"review\", \"off\"\n\
         config.toml:4: `safety.absent_threshold` is 2; the least is 3\n\
         config.toml:5: `safety.max_imports` must be a whole number, not text\n  \
         write it without quotes\n\
         config.toml:6: unknown key `safety.nonsense`\n  \
         known [safety]: absent_threshold, approval_ttl, auto_min_absence, max_deactivation_percent, \
         max_deactivations, max_imports, max_shrink_percent, min_observation_gap, \
         streak_expires_after\n\
         config.toml:7: the API key is missing: [calcom] needs `api_key_env` or `api_key_file`\n  \
         for instance api_key_env = \"CALCOM_API_KEY\"\n\
         config.toml:8: `calcom.timeout` must be a duration in quotes, not the number 30\n  \
         write a number and a unit: \"30s\", \"10m\", \"24h\", \"14d\"\n\
         config.toml: the application's database is missing: [services] needs `url` or `url_env` \
         or `url_file`\n  for instance url_env = \"DATABASE_URL\"\n\
         config.toml: no team is configured: there is nothing to read\n  add it:\n  [[teams]]\n  \
         team_id = 34209    # Cal.com's number\n  company_id = 1     # yours"
    );
}

#[test]
fn the_problems_can_be_read_one_by_one() {
    let error =
        load_in(&TempDir::new().unwrap(), &with("[safety]\nmax_imports = 0\n"), &environment())
            .unwrap_err();
    let [problem] = error.problems.as_slice() else { unreachable!("{error}") };
    assert_eq!((problem.line, problem.key.as_str()), (Some(10), "safety.max_imports"));
    assert_eq!(problem.message, "`safety.max_imports` is 0; the least is 1");
    assert_eq!(problem.hint, None);
}

#[test]
fn a_syntax_error_is_told_alone_with_its_line_and_without_the_line_itself() {
    let message = refused("[calcom]\nnonsense = 1\napi_key_env = hunter2\n");
    assert_eq!(
        message,
        "config.toml:3: this is not TOML: string values must be quoted, expected \
                         literal string"
    );
    let twice = refused("[ledger]\npath = \"a\"\npath = \"b\"\n");
    assert_eq!(twice, "config.toml:3: this is not TOML: duplicate key");
}

#[test]
fn numbers_have_bounds_and_say_them() {
    for (line, message) in [
        ("max_shrink_percent = 0", "`safety.max_shrink_percent` is 0; the least is 1"),
        ("max_shrink_percent = 101", "`safety.max_shrink_percent` is 101; the most is 100"),
        ("max_deactivations = -4", "`safety.max_deactivations` is -4; the least is 1"),
        (
            "max_deactivations = 4294967296",
            "`safety.max_deactivations` is 4294967296; the most is 4294967295",
        ),
        (
            "max_imports = 99999999999999999999999",
            "`safety.max_imports` is 99999999999999999999999; the most is 4294967295",
        ),
        (
            "max_imports = -99999999999999999999999",
            "`safety.max_imports` is -99999999999999999999999; the least is 1",
        ),
        ("max_imports = 1.5", "`safety.max_imports` must be a whole number, not the number 1.5"),
        ("max_imports = true", "`safety.max_imports` must be a whole number, not true"),
        ("max_imports = [1]", "`safety.max_imports` must be a whole number, not a list"),
    ] {
        let refused = refused(&with(&format!("[safety]\n{line}\n")));
        assert_eq!(refused, format!("config.toml:10: {message}"), "{line}");
    }
    let config = super::accepted(&with("[safety]\nmax_imports = 4294967295\n"));
    assert_eq!(config.companies.first().unwrap().safety.max_imports, u32::MAX);
}

#[test]
fn durations_need_a_number_and_a_unit() {
    let hint = "write a number and a unit: \"30s\", \"10m\", \"24h\", \"14d\"";
    for (typed, message, hint) in [
        ("ten", "is \"ten\", which is not a duration", Some(hint)),
        ("", "is \"\", which is not a duration", Some(hint)),
        ("10", "is \"10\", which is not a duration", Some(hint)),
        ("-1s", "is \"-1s\", which is not a duration", Some(hint)),
        ("11years", "is \"11years\"; the most is ten years", None),
        (
            "10M",
            "is \"10M\": a capital M is not a unit here",
            Some("write \"10m\" for minutes, \"30d\" for a month"),
        ),
    ] {
        let hint = hint.map_or(String::new(), |hint| format!("\n  {hint}"));
        assert_eq!(
            refused(&with(&format!("[safety]\nmin_observation_gap = \"{typed}\"\n"))),
            format!("config.toml:10: `safety.min_observation_gap` {message}{hint}")
        );
    }
    assert_eq!(
        refused(&with_calcom("timeout = \"0s\"")),
        "config.toml:3: `calcom.timeout` is 0s: nothing can be done in no time\n  \
         write a longer duration, for instance \"30s\""
    );
}

#[test]
fn sizes_need_a_whole_number_and_a_unit() {
    let hint = "write a whole number and a unit, B, KB, MB, GB (of 1000) or KiB, MiB, GiB (of \
                1024): \"64 MiB\"";
    for typed in ["1", "GiB", "1.5 GiB", "1 TB", "99999999999 GiB", "-1 B"] {
        assert_eq!(
            refused(&with_calcom(&format!("max_body = \"{typed}\""))),
            format!(
                "config.toml:3: `calcom.max_body` is \"{typed}\", which is not a size\n  {hint}"
            )
        );
    }
    assert_eq!(
        refused(&with_calcom("max_body = \"0 B\"")),
        "config.toml:3: `calcom.max_body` is zero; the least is one byte"
    );
}

#[test]
fn the_sources_address_must_be_safe_to_send_a_key_to() {
    let base = |url: &str| refused(&with_calcom(&format!("base_url = \"{url}\"")));
    assert_eq!(
        base("http://api.cal.com"),
        "config.toml:3: `calcom.base_url` is http://api.cal.com: the API key would travel in the \
         clear\n  write https; http is for this machine only (localhost, 127.0.0.1, ::1)"
    );
    assert_eq!(
        base("https://api.cal.com/v2/"),
        "config.toml:3: `calcom.base_url` (https://api.cal.com) ends with the API's version\n  \
         leave it out: /v2 is added to every request"
    );
    assert_eq!(
        base("https://me:hunter2@api.cal.com"),
        "config.toml:3: `calcom.base_url` (https://api.cal.com) has a user or password in it\n  \
         leave it out: the API key is all that Cal.com wants"
    );
    for url in ["https://api.cal.com/?apiKey=hunter2", "https://api.cal.com/#hunter2"] {
        assert_eq!(
            base(url),
            "config.toml:3: `calcom.base_url` (https://api.cal.com) has something after `?` or \
             `#`\n  leave that out"
        );
    }
    for url in ["api.cal.com", "hunter2:hunter2", "https://", "http://localhost.evil.com"] {
        let message = base(url);
        assert!(message.starts_with("config.toml:3: `calcom.base_url` is "), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn the_api_version_is_a_date() {
    for typed in ["2", "2026-13-01", "2026-6-12", "v2026-06-12"] {
        assert_eq!(
            refused(&with_calcom(&format!("api_version = \"{typed}\""))),
            format!(
                "config.toml:3: `calcom.api_version` is \"{typed}\", which is not a date\n  \
                 write it like \"2026-06-12\""
            )
        );
    }
}

#[test]
fn a_team_without_a_company_does_not_start() {
    assert_eq!(
        refused(&LEAST.replace("company_id = 1\n", "")),
        "config.toml:4: `teams[0].company_id` is missing: team 34209 belongs to no company\n  \
         without it an imported service would be nobody's: write the application's number of the \
         business"
    );
    assert_eq!(
        refused(&LEAST.replace("company_id = 1", "company_id = 0")),
        "config.toml:6: `teams[0].company_id` is 0; the least is 1"
    );
    assert_eq!(
        refused(&LEAST.replace("team_id = 34209\n", "")),
        "config.toml:4: `teams[0].team_id` is missing\n  the number in the team's address at Cal.com"
    );
}

#[test]
fn a_team_has_one_company() {
    assert_eq!(
        refused(&with("[[teams]]\nteam_id = 34209\ncompany_id = 2\n")),
        "config.toml:10: `teams[1].team_id`: team 34209 is configured twice\n  \
         it stands on line 5 already; a team has one company"
    );
    assert_eq!(
        refused(&LEAST.replace("[[teams]]", "[teams]")),
        "config.toml:4: `teams` is one table; a list of them is wanted\n  \
         write `[[teams]]`, with two brackets"
    );
    assert_eq!(
        refused(&LEAST.replace("company_id = 1", "company_id = 1\nmust_contain = [\n 1,\n \"x\"]")),
        "config.toml:9: `teams[0].must_contain[1]` must be a whole number, not text"
    );
}

#[test]
fn relinking_is_a_persons_decision() {
    assert_eq!(
        refused(&with("[policy]\nrelink = \"auto\"\n")),
        "config.toml:10: `policy.relink` cannot be \"auto\"\n  \
         that a new event type is an old service under a new id is a person's decision\n  \
         allowed: \"review\", \"off\""
    );
    for word in ["review", "off"] {
        super::accepted(&with(&format!("[policy]\nrelink = \"{word}\"\n")));
    }
}

#[test]
fn a_field_without_a_column_cannot_be_owned() {
    assert_eq!(
        refused(&with("[policy.fields]\nduration = \"source\"\n")),
        "config.toml:10: `policy.fields.duration` is \"source\", but no column is mapped to it\n  \
         name the table's column in [services.columns], for instance duration = \"duration\""
    );
    super::accepted(&with("[policy.fields]\nduration = \"ignore\"\n"));
}

#[test]
fn an_import_rule_must_compile_and_the_place_is_shown() {
    assert_eq!(
        refused(&with("[[policy.import_rules]]\ntitle = 'a(b'\naction = \"skip\"\n")),
        "config.toml:10: `policy.import_rules[0].title` is not a regular expression\n  \
         regex parse error:\n      a(b\n       ^\n  error: unclosed group"
    );
    assert_eq!(
        refused(&with("[[policy.import_rules]]\ntitle = 'a'\naction = \"delete\"\n")),
        "config.toml:11: `policy.import_rules[0].action` cannot be \"delete\"\n  \
         allowed: \"active\", \"inactive\", \"skip\", \"review\""
    );
    assert_eq!(
        refused(&with("[[policy.import_rules]]\ntitle = 'a'\n")),
        "config.toml:9: `policy.import_rules[0].action` is missing\n  \
         allowed: \"active\", \"inactive\", \"skip\", \"review\""
    );
}

#[test]
fn tables_and_columns_have_names_that_a_database_takes() {
    let long = "x".repeat(65);
    for (line, message) in [
        ("table = \"\"", "`services.table` is an empty name; no database has that"),
        ("table = \"a..b\"", "`services.table` is \"a..b\"; at most one dot is allowed"),
        ("table = \"a.\"", "`services.table` is an empty name; no database has that"),
        (
            "table = \"a\\u0000\"",
            "`services.table` is a name with a control character; no database has that",
        ),
        (
            &format!("table = \"{long}\""),
            "`services.table` is a name of more than 64 characters; no database has that",
        ),
        ("columns.id = \"\"", "`services.columns.id` is empty, and cannot do without"),
        (
            "columns.slug = \"NAME\"",
            "`services.columns.name` and `services.columns.slug` are the same column",
        ),
        (
            "columns.last_sync = \"id\"",
            "`services.columns.id` and `services.columns.last_sync` are the same column",
        ),
        ("references.a = { }", "`services.references.a` needs a `column`"),
        ("references.a = 1", "`services.references.a` must be a table, not the number 1"),
        (
            "references.a = { column = \"b\", upcomming = \"c\" }",
            "unknown key `services.references.a.upcomming`",
        ),
    ] {
        let refused = refused(&with(&format!("{line}\n")));
        let first = refused.lines().next().unwrap();
        assert_eq!(first, format!("config.toml:9: {message}"), "{refused}");
    }
    let config = super::accepted(&with("table = \"booking.services\"\n"));
    assert_eq!(config.store.table.as_ref(), "booking.services");
}

#[test]
fn a_database_that_is_none_is_refused() {
    let hint = "allowed: sqlite:PATH, mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE";
    for (url, message) in [
        ("data/services.db", "does not say which kind of database it is"),
        ("mssql://h/d", "is not the URL of a database that this program knows"),
        ("mysql://u@h", "(mysql://h) names no database"),
        ("mysql:///d", "names no host"),
    ] {
        assert_eq!(
            refused(&with_url(&format!("url = \"{url}\""))),
            format!("config.toml:8: `services.url` {message}\n  {hint}")
        );
    }
    for url in ["sqlite:", "sqlite::memory:", "sqlite:a.db?mode=ro", "sqlite:file:a.db"] {
        assert_eq!(
            refused(&with_url(&format!("url = \"{url}\""))),
            "config.toml:8: `services.url` names no database file\n  write sqlite:PATH, without \
             options; a database in memory is nobody's services"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_is_never_a_bare_no_such_file() {
    let dir = TempDir::new().unwrap();
    let told =
        |path: &std::path::Path| super::told(&load(path, &environment()).unwrap_err(), dir.path());
    assert_eq!(
        told(&dir.path().join("none.toml")),
        "none.toml: there is no configuration file of this name\n  name another one with `--config \
         PATH`, or copy the example `config.toml` there"
    );
    fs::create_dir(dir.path().join("folder")).unwrap();
    assert_eq!(
        told(&dir.path().join("folder")),
        "folder: this is a folder, not a file\n  did you mean folder/config.toml?"
    );
    let latin = dir.path().join("latin.toml");
    fs::write(&latin, b"# one\n# two \xe4\n").unwrap();
    assert_eq!(told(&latin), "latin.toml:2: this line is not UTF-8 text\n  save the file as UTF-8");
    let large = dir.path().join("large.toml");
    fs::write(&large, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    assert_eq!(
        told(&large),
        "large.toml: this is larger than 1 MiB: it is not a configuration file"
    );
}

#[test]
fn an_empty_file_is_told_all_that_is_missing() {
    let message = refused("");
    for missing in ["the API key is missing", "database is missing", "no team is configured"] {
        assert!(message.contains(missing), "{message}");
    }
}
