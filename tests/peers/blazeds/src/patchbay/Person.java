package patchbay;

import java.util.Date;
import java.util.List;
import java.util.Objects;

/** A bean under the alias example.Person: name, born, tags. */
public class Person {
    public String name;
    public Date born;
    public Object tags;

    public Person() {
    }

    public Person(String name, Date born, String... tags) {
        this.name = name;
        this.born = born;
        this.tags = tags;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Person person && Objects.equals(name, person.name) && Objects.equals(born, person.born)
                && Values.equal(tags, person.tags);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, born);
    }

    @Override
    public String toString() {
        return "Person(" + List.of(String.valueOf(name), String.valueOf(born), Values.show(tags)) + ")";
    }
}
