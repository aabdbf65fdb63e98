package patchbay;

/** The service "example" as BlazeDS offers it. */
public class ExampleService {
    public Object echo(Object value) {
        return value;
    }

    public double add(double a, double b) {
        return a + b;
    }

    public Object nothing() {
        return null;
    }

    public Person person(String name) {
        return new Person(name, Values.BORN, "a", "b");
    }

    public void fail() {
        throw new IllegalStateException("deliberate failure");
    }
}
