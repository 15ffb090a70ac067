"""What instructors need: a class with its own city and answers, marks of handed-in lessons, data for courses."""

from asn_research.teaching.course_data import write_course_data
from asn_research.teaching.grading import grade_class
from asn_research.teaching.new_class import new_class

__all__ = ["grade_class", "new_class", "write_course_data"]
