package patchbay;

import java.util.Date;
import java.util.List;

/** One of the payload's objects. */
public class Order {
    public boolean active;
    public String category;
    public Date created;
    public int id;
    public String name;
    public String note;
    public double price;
    public int quantity;
    public List<String> tags;
    public int total;
}
