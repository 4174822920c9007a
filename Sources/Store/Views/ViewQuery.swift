/// The statements of the views, each prepared once. Parameters are numbered; the callers bind them in that order.
enum ViewQuery: Int, CaseIterable {
    case begin, commit, rollback
    case progress, setProgress, setUnclean
    case space, addSpace, person, addPerson
    case setName, removeName, names, nameInSpace, namesOfPerson, peopleNamed
    case post, addPost, changePost, removePost, loadPost
    case versions, addVersion, removeVersions
    case reactions, addReaction, removeReactions
    case hidings, addHiding, removeHidings
    case about, addAbout, removeAbout, aboutTarget, aboutTargetByAuthor
    case inSpace, inSpaceByAuthor, inSpaceAfter, answers, postsByPrefix, search
    case addWords, removeWords, optimize

    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"

        case .progress: "SELECT network, incarnation, cursor, scanned, is_unclean FROM progress WHERE only = 1"
        case .setProgress:
            """
            INSERT INTO progress (only, network, incarnation, cursor, scanned, is_unclean) VALUES (1, ?1, ?2, ?3, ?4, 0)
            ON CONFLICT (only) DO UPDATE SET network = excluded.network, incarnation = excluded.incarnation,
            cursor = excluded.cursor, scanned = excluded.scanned
            """
        case .setUnclean: "UPDATE progress SET is_unclean = ?1 WHERE only = 1"

        case .space: "SELECT number FROM space WHERE path = ?1"
        case .addSpace: "INSERT INTO space (path) VALUES (?1)"
        case .person: "SELECT number FROM person WHERE identity = ?1"
        case .addPerson: "INSERT INTO person (identity) VALUES (?1)"

        case .setName:
            """
            INSERT INTO person_name (space, person, name) VALUES (?1, ?2, ?3)
            ON CONFLICT (space, person) DO UPDATE SET name = excluded.name
            """
        case .removeName: "DELETE FROM person_name WHERE space = ?1 AND person = ?2"
        case .names:
            """
            SELECT i.identity, n.name FROM person_name AS n CROSS JOIN person AS i ON i.number = n.person
            WHERE n.space = ?1
            """
        case .nameInSpace: "SELECT name FROM person_name WHERE space = ?1 AND person = ?2"
        case .namesOfPerson:
            """
            SELECT s.path, n.name FROM person_name AS n INDEXED BY person_name_by_person
            CROSS JOIN space AS s ON s.number = n.space WHERE n.person = ?1
            """
        case .peopleNamed:
            """
            SELECT i.identity, s.path FROM person_name AS n INDEXED BY person_name_by_name
            CROSS JOIN person AS i ON i.number = n.person CROSS JOIN space AS s ON s.number = n.space WHERE n.name = ?1
            """

        case .post: "SELECT number, text, edit_count, mark_count FROM post WHERE id_prefix = ?1 AND id = ?2"
        case .addPost:
            """
            INSERT INTO post (id_prefix, id, space, author, timestamp, shown_time, reply_to, text, edit_count, mark_count,
            is_erased, is_hidden) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """
        case .changePost:
            """
            UPDATE post SET shown_time = ?2, reply_to = ?3, text = ?4, edit_count = ?5, mark_count = ?6, is_erased = ?7,
            is_hidden = ?8 WHERE number = ?1
            """
        case .removePost: "DELETE FROM post WHERE number = ?1"
        case .loadPost:
            """
            SELECT p.id, s.path, i.identity, p.timestamp, p.shown_time, p.reply_to, p.text, p.edit_count, p.mark_count, p.is_erased
            FROM post AS p CROSS JOIN space AS s ON s.number = p.space CROSS JOIN person AS i ON i.number = p.author
            WHERE p.number = ?1
            """

        case .versions:
            """
            SELECT v.id, i.identity, v.timestamp, v.shown_time, v.text, v.standing FROM version AS v
            CROSS JOIN person AS i ON i.number = v.author WHERE v.post = ?1 ORDER BY v.timestamp, v.id
            """
        case .addVersion:
            "INSERT INTO version (post, timestamp, id, author, shown_time, text, standing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        case .removeVersions: "DELETE FROM version WHERE post = ?1"

        case .reactions:
            """
            SELECT r.emoji, i.identity FROM reaction AS r CROSS JOIN person AS i ON i.number = r.person
            WHERE r.post = ?1 ORDER BY r.emoji
            """
        case .addReaction: "INSERT INTO reaction (post, emoji, person) VALUES (?1, ?2, ?3)"
        case .removeReactions: "DELETE FROM reaction WHERE post = ?1"

        case .hidings:
            """
            SELECT h.id, i.identity, h.timestamp FROM hiding AS h CROSS JOIN person AS i ON i.number = h.author
            WHERE h.post = ?1 ORDER BY h.id
            """
        case .addHiding: "INSERT INTO hiding (post, id, author, timestamp) VALUES (?1, ?2, ?3, ?4)"
        case .removeHidings: "DELETE FROM hiding WHERE post = ?1"

        case .about: "SELECT rowid, target FROM about WHERE id_prefix = ?1 AND id = ?2"
        case .addAbout:
            """
            INSERT INTO about (id_prefix, id, target_prefix, target, kind, author, is_officer, timestamp, arrival, space)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """
        case .removeAbout: "DELETE FROM about WHERE rowid = ?1"
        case .aboutTarget:
            """
            SELECT arrival FROM about INDEXED BY about_by_target
            WHERE target_prefix = ?1 AND target = ?2 AND kind = ?3 AND space = ?5 AND is_officer = 1
            ORDER BY timestamp DESC, id DESC LIMIT ?4
            """
        case .aboutTargetByAuthor:
            """
            SELECT arrival FROM about INDEXED BY about_by_target
            WHERE target_prefix = ?1 AND target = ?2 AND kind = ?3 AND space = ?5 AND author = ?6
            ORDER BY timestamp DESC, id DESC LIMIT ?4
            """

        case .inSpace:
            """
            SELECT number, timestamp, id FROM post INDEXED BY post_by_space
            WHERE space = ?1 AND (timestamp, id) < (?2, ?3) ORDER BY timestamp DESC, id DESC LIMIT ?4
            """
        case .inSpaceByAuthor:
            """
            SELECT number, timestamp, id FROM post INDEXED BY post_by_author
            WHERE author = ?5 AND (timestamp, id) < (?2, ?3) AND space = ?1 ORDER BY timestamp DESC, id DESC LIMIT ?4
            """
        case .inSpaceAfter:
            """
            SELECT number, timestamp, id FROM post INDEXED BY post_by_space
            WHERE space = ?1 AND (timestamp, id) > (?2, ?3) ORDER BY timestamp, id LIMIT ?4
            """
        case .answers:
            """
            SELECT number, timestamp, id FROM post INDEXED BY post_by_reply
            WHERE reply_to = ?1 AND space = ?3 ORDER BY timestamp, id LIMIT ?2
            """
        case .postsByPrefix:
            "SELECT number, timestamp, id FROM post INDEXED BY post_by_id WHERE id_prefix BETWEEN ?1 AND ?2 LIMIT ?3"
        case .search:
            """
            SELECT p.number, p.timestamp, p.id, p.space FROM post_text CROSS JOIN post AS p ON p.number = post_text.rowid
            WHERE post_text MATCH ?1 AND p.is_hidden <= ?6 AND p.shown_time BETWEEN ?2 AND ?3
            AND (?4 IS NULL OR p.author = ?4) AND (?5 IS NULL OR p.space = ?5)
            """

        case .addWords: "INSERT INTO post_text (rowid, text) VALUES (?1, ?2)"
        // The index forgets the words of a text that it is told again. (sqlite.org/fts5.html, section 6.3)
        case .removeWords: "INSERT INTO post_text (post_text, rowid, text) VALUES ('delete', ?1, ?2)"
        case .optimize: "INSERT INTO post_text (post_text) VALUES ('optimize')"
        }
    }
}
