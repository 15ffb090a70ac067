"""Sheets for one employee (release class *personal*): made on request, for the person alone, and never a report.

Reports show protected groups. A sheet shows one person's own data to that person. It is written to a private
folder beside the raw files, and every sheet is recorded there.
"""
