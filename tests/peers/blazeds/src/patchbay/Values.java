package patchbay;

import flex.messaging.io.amf.ASObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of every kind that BlazeDS can send and read, and how to tell that one came back as it was. */
public final class Values {
    /** 2001-02-03T04:05:06Z. */
    public static final Date BORN = new Date(981173106000L);

    private Values() {
    }

    /** What both versions can carry. BlazeDS cannot read real UTF-8 beyond three bytes, so there is no emoji. */
    public static Map<String, Object> both() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("null", null);
        values.put("true", true);
        values.put("false", false);
        values.put("zero", 0);
        values.put("one", 1);
        values.put("minus one", -1);
        values.put("largest AMF3 integer", (1 << 28) - 1);
        values.put("smallest AMF3 integer", -(1 << 28));
        values.put("largest int", Integer.MAX_VALUE);
        values.put("2^53", 1L << 53);
        values.put("fraction", 1.5);
        values.put("minus zero", -0.0);
        values.put("infinity", Double.POSITIVE_INFINITY);
        values.put("not a number", Double.NaN);
        values.put("largest double", Double.MAX_VALUE);
        values.put("big decimal", new BigDecimal("12345678901234567890.12345"));
        values.put("empty string", "");
        values.put("umlauts and others", "Grüße, 世界");
        values.put("string over 65535 bytes", "long ".repeat(20_000));
        values.put("date", BORN);
        values.put("date with milliseconds", new Date(BORN.getTime() + 789));
        values.put("date before 1970", new Date(-1_000_000_000_123L));
        values.put("empty list", List.of());
        values.put("list", Arrays.asList(1, "two", null, true, 4.5));
        values.put("array", new Object[] {1, new Object[] {"two"}});
        values.put("object", object("a", 1, "b", object("c", "d")));
        values.put("equal strings", Arrays.asList("again", "again", object("again", "again")));
        values.put("typed object", new Person("Ann", BORN, "x"));
        values.put("typed object with nulls", new Person());
        values.put("typed objects in a list", Arrays.asList(new Person("Ann", null), new Person("Ben", BORN)));
        values.put("class nobody registered", typed("example.Unheard", "a", 1));
        return values;
    }

    /** What only AMF3 has. */
    public static Map<String, Object> amf3Only() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("bytes", new byte[] {0, 1, 127, -128, -1});
        values.put("no bytes", new byte[0]);
        values.put("externalizable", new Blob("label", -7, Arrays.asList("content", null, 3)));
        values.put("externalizable in externalizable", new Blob("outer", Integer.MAX_VALUE, new Blob("inner", Integer.MIN_VALUE, "ü")));
        return values;
    }

    public static ASObject object(Object... namesAndValues) {
        return typed(null, namesAndValues);
    }

    @SuppressWarnings("unchecked") // ASObject is a Map from before generics
    public static ASObject typed(String alias, Object... namesAndValues) {
        ASObject object = new ASObject();
        object.setType(alias);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    /** Equality by content: numbers by value and sign, arrays and lists alike, a big decimal as the text it travels as. */
    public static boolean equal(Object got, Object want) {
        if (want instanceof BigDecimal) {
            return want.toString().equals(got);
        }
        if (got instanceof Number a && want instanceof Number b) {
            return Double.doubleToLongBits(a.doubleValue()) == Double.doubleToLongBits(b.doubleValue());
        }
        if (got instanceof byte[] a && want instanceof byte[] b) {
            return Arrays.equals(a, b);
        }
        if (isList(got) && isList(want)) {
            return equalLists(list(got), list(want));
        }
        if (got instanceof ASObject a && want instanceof ASObject b && !equal(a.getType(), b.getType())) {
            return false;
        }
        if (got instanceof Map<?, ?> a && want instanceof Map<?, ?> b) {
            return equalMaps(a, b);
        }
        return got == null ? want == null : got.equals(want);
    }

    private static boolean equalLists(List<?> got, List<?> want) {
        if (got.size() != want.size()) {
            return false;
        }
        for (int i = 0; i < got.size(); i++) {
            if (!equal(got.get(i), want.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalMaps(Map<?, ?> got, Map<?, ?> want) {
        if (got.size() != want.size()) {
            return false;
        }
        for (Map.Entry<?, ?> entry : want.entrySet()) {
            Object key = entry.getKey();
            if (!got.containsKey(key) && key instanceof Number number) {
                key = number.doubleValue(); // AMF3's integers and doubles are one type to its peers
            }
            if (!got.containsKey(key) || !equal(got.get(key), entry.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isList(Object value) {
        return value instanceof Collection || value instanceof Object[];
    }

    private static List<?> list(Object value) {
        return value instanceof Collection<?> items ? new ArrayList<>(items) : Arrays.asList((Object[]) value);
    }

    public static String show(Object value) {
        if (value == null) {
            return "null";
        }
        String text = value instanceof byte[] bytes ? Arrays.toString(bytes) : isList(value) ? list(value).toString() : value.toString();
        return text.substring(0, Math.min(text.length(), 300)) + " (" + value.getClass().getName() + ")";
    }
}
