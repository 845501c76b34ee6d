"""What the database itself guards: the trail of changes, and rows that are only ever added."""

import pgtrigger


def audited(*, client: str = "client_id", inserts: bool = False, quiet: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """A trigger that writes old and new values of a row into the trail, whichever way it was changed.

    `client` names the column with the client's id; columns in `quiet` change too often to tell anything.
    """
    operations: pgtrigger.Operation = pgtrigger.Update | pgtrigger.Delete
    if inserts:
        operations = operations | pgtrigger.Insert
    ignored = "ARRAY[" + ", ".join(f"'{column}'" for column in ("search_keys", "version", *quiet)) + "]"
    return pgtrigger.Trigger(
        name="audited",
        when=pgtrigger.After,
        operation=operations,
        declare=[("before", "jsonb"), ("after", "jsonb"), ("differing", "jsonb")],
        func=f"""
            before := CASE WHEN TG_OP = 'INSERT' THEN '{{}}'::jsonb ELSE to_jsonb(OLD) END;
            after := CASE WHEN TG_OP = 'DELETE' THEN '{{}}'::jsonb ELSE to_jsonb(NEW) END;
            SELECT jsonb_object_agg(field, jsonb_build_array(before -> field, after -> field)) INTO differing
              FROM jsonb_object_keys(before || after) AS field
             WHERE (before -> field) IS DISTINCT FROM (after -> field) AND NOT field = ANY({ignored});
            IF differing IS NOT NULL THEN
                INSERT INTO staff_auditentry
                    (at, action, actor_id, client_id, model, object_id, changes, what, reason, address, path)
                VALUES (
                    clock_timestamp(),
                    CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'DELETE' THEN 'deleted' ELSE 'changed' END,
                    NULLIF(current_setting('salon.actor', true), '')::bigint,
                    ((before || after) ->> '{client}')::bigint,
                    TG_TABLE_NAME, (before || after) ->> 'id', differing, '',
                    COALESCE(current_setting('salon.reason', true), ''),
                    NULLIF(current_setting('salon.address', true), '')::inet, ''
                );
            END IF;
            RETURN NULL;
        """,  # noqa: S608  # column names of our own, nobody's input
    )


def append_only() -> pgtrigger.Trigger:
    """A trigger by which the database refuses to change or delete a row."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def never_deleted() -> pgtrigger.Trigger:
    """A trigger by which the database refuses to delete a row."""
    return pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


def leaving_ends_sessions() -> pgtrigger.Trigger:
    """A trigger by which deactivating somebody, in whatever way, ends all sessions of that user for good."""
    return pgtrigger.Trigger(
        name="leaving_ends_sessions",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            IF OLD.is_active AND NOT NEW.is_active THEN
                NEW.session_mark := md5(gen_random_uuid()::text);
            ELSE
                NEW.session_mark := OLD.session_mark;  -- a row that was read before brings no old session back
            END IF;
            RETURN NEW;
        """,
    )
