package patchbay;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Named cases and their report: one JSON line per case on standard output, then a line that says how many there were. The Go
 * test reads the lines and makes a subtest of each; a program that dies on its way never prints the last line.
 */
public final class Cases {
    /** A case throws when it fails. */
    public interface Case {
        void run() throws Exception;
    }

    private final Map<String, Case> cases = new LinkedHashMap<>();

    public void add(String name, Case body) {
        if (cases.put(name, body) != null) {
            throw new IllegalArgumentException("two cases are named " + name);
        }
    }

    /** Runs every case whose name contains the given text and reports each. */
    public void run(String only) {
        int ran = 0;
        for (Map.Entry<String, Case> entry : cases.entrySet()) {
            if (entry.getKey().contains(only)) {
                report(entry.getKey(), entry.getValue());
                ran++;
            }
        }
        System.out.println("{\"cases\": " + ran + "}");
    }

    private static void report(String name, Case body) {
        try {
            body.run();
            System.out.println("{\"case\": " + quote(name) + ", \"ok\": true}");
        } catch (Throwable failure) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace, true));
            System.out.println("{\"case\": " + quote(name) + ", \"ok\": false, \"detail\": " + quote(trace.toString()) + "}");
        }
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** Fails unless the two values are equal as {@link Values#equal} sees it. */
    public static void same(String what, Object got, Object want) {
        check(Values.equal(got, want), what + ": got " + Values.show(got) + ", want " + Values.show(want));
    }

    public static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(Objects.requireNonNull(otherwise));
        }
    }
}
